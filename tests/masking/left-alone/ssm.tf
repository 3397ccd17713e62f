resource "aws_ssm_parameter" "p" {
  name  = "/a"
  value = local.size
}
resource "kubernetes_config_map" "p" {
  data = { a = "4fJ9sK2m" }
}
resource "local_file" "p" {
  content = "4fJ9sK2m"
}
variable "x" {
  default   = "4fJ9sK2m"
  sensitive = false
}
