FROM python:3.11.13-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/comms-exporter
WORKDIR /src
COPY requirements.txt .
RUN /opt/comms-exporter/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY exporter exporter
RUN /opt/comms-exporter/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11.13-slim-bookworm

LABEL org.opencontainers.image.title="comms-exporter" \
      org.opencontainers.image.licenses="Apache-2.0"

# A fixed number, so that a volume's owner can be set from outside.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin comms
COPY --from=build /opt/comms-exporter /opt/comms-exporter

ENV PATH=/opt/comms-exporter/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    COMMS_CONFIG=/etc/comms-exporter/config.yaml \
    COMMS_LISTEN=0.0.0.0:9847

USER 10001:10001
EXPOSE 9847
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9847/-/healthy', timeout=2)"]
ENTRYPOINT ["comms-exporter"]
CMD ["serve"]
