variable "db_password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "app" {
  password            = var.db_password
  token               = data.vault_generic_secret.app.data["token"]
  secret              = random_password.app.result
  api_key             = local.keys[var.environment].api
  auth_password       = "${var.auth_password}"
  password_file       = "/run/secrets/db"
  token_ttl           = "30m"
  secret_key_ref      = null
  enable_token        = true
}
