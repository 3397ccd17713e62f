resource "aws_ecs_task_definition" "t" {
  container_definitions = jsonencode([{
    environment = [
      { name = "DB_USER", value = "4fJ9sK2mQ8xZ" },
      { name = "DB_PASSWORD_FILE", value = "4fJ9sK2mQ8xZ" },
      { value = var.password, name = "DB_PASSWORD" },
      { name = "B", value = "4fJ9sK2mQ8xZ" },
    ]
    secrets = [{ name = "DB_PASSWORD", valueFrom = aws_ssm_parameter.p.arn }]
  }])
}
