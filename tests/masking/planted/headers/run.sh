export OTEL_EXPORTER_OTLP_HEADERS="k=§.,l=§."
OTEL_EXPORTER_OTLP_HEADERS=k=§. ./run --plain
