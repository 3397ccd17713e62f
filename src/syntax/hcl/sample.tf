# checkout, its bucket and its rules
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.60" }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1" // where it runs
}

resource "aws_s3_bucket" "audit" {
  bucket        = "audit-logs"
  force_destroy = false
  retention     = 365
  ratio         = 2.50
  owner         = null
  tags = {
    Team         = "payments"
    "cost-center" : "4711"
  }
  zones = ["a", "b",
    # a comment
    "c",
  ]
  policy = <<-POLICY
    statement:
      effect: allow
  POLICY

  lifecycle { prevent_destroy = true }

  ingress {
    from_port = 443
  }
  ingress {
    from_port = 8443
  }
}
/* expressions are kept as they are
   written */
locals {
  name  = "checkout-${var.region}"
  empty = ""
  none  = []
  note  = <<EOT
first line
  second line
EOT
}
