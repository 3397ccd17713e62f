resource "aws_ssm_parameter" "p" {
  name  = "/a"
  value = "§."
}
