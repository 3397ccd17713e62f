provider "x" {
  password = "§."
  api_key  = var.k
  headers  = { "X-Api-Key" = "§." }
}
