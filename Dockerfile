# whipbird in a container; compose.yaml runs it as a station.
#   docker build --tag whipbird .
#   docker run --rm whipbird doctor
#   docker buildx build --platform linux/amd64,linux/arm64 --tag whipbird .

FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY stream stream
COPY train train
COPY models models
COPY examples/demo.flac examples/
ARG EXTRAS=feeds,outputs
RUN python -m venv /opt/whipbird && /opt/whipbird/bin/pip install --no-cache-dir ".[${EXTRAS}]"

FROM python:3.12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libportaudio2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --groups audio --create-home whipbird \
    && install --directory --owner whipbird --group whipbird /data
COPY --from=build /opt/whipbird /opt/whipbird
# /data holds station.toml, models, state and, unless the settings say otherwise, all outputs.
ENV PATH=/opt/whipbird/bin:$PATH PYTHONUNBUFFERED=1 XDG_DATA_HOME=/data/share XDG_STATE_HOME=/data/state
USER whipbird
WORKDIR /data
VOLUME /data
# whipbird status exits with 0 only if the station runs and all its sources and outputs work.
HEALTHCHECK --interval=1m --timeout=30s --start-period=2m --retries=3 CMD ["whipbird", "status", "/data/station.toml"]
ENTRYPOINT ["whipbird"]
CMD ["monitor", "/data/station.toml", "--plain"]
