resource "aws_ecs_task_definition" "t" {
  container_definitions = jsonencode([{
    name = "a"
    environment = [
      { name = "DB_PASSWORD", value = "§." },
      { "name" : "SMTP_PASSWORD", "value" : "§." },
      {
        name  = "API_TOKEN"
        value = "§."
      },
      { value = "§.", name = "API_TOKEN" },
      { name = "OTEL_EXPORTER_OTLP_HEADERS", value = "k=§.,l=§." },
    ]
  }])
}
resource "aws_ecs_task_definition" "u" {
  container_definitions = <<-EOT
  [{"environment": [{"name": "DB_PASSWORD", "value": "§."}, {"value": "§.", "name": "DB_PASSWORD"}], "x": ${var.y}}]
  EOT
}
