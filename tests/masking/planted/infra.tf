# db_password = "§."
variable "db_password" {
  type    = string
  default = "§."
}

locals {
  admin_password = coalesce(var.admin_password, "§.")
  url            = "postgres://app:§.@${var.host}:5432/app"
  labels         = { api_token = "§.", "client-secret" : "§." }
  merged         = merge(local.labels, { password = "§." })
  later          = jsonencode({
    password = "§."
    name     = "app"
  })
}

resource "aws_db_instance" "app" {
  username = "app"
  password = "§."
  secrets  = ["§.x1y2", "§.x1y2"]
  env {
    name  = "SMTP_PASSWORD"
    value = "§."
  }
  user_data = <<-EOT
    #!/bin/sh
    export DB_PASSWORD=§.
    mysql -u root --password=§. app
  EOT
}

/*
  password = "§."
  provider "y" { token = "§." }
*/
provider "x" {
  token = <<EOT
§.
EOT
}
