provider "x" {
  password = "§."
  api_key  = var.k
  headers  = { "X-Api-Key" = "§." }
}
variable "x" {
  default   = "§."
  sensitive = true
}
resource "kubernetes_secret" "s" {
  metadata { name = "a" }
  data = {
    a = "§."
    b = var.x
  }
}
resource "local_sensitive_file" "f" {
  content  = <<-EOT
    a §.
  EOT
  filename = "out.txt"
}
resource "azurerm_key_vault_secret" "p" {
  value = "§."
}
