# The gateway with its console: docker compose up, or docker build -t gatehouse .
FROM node:24-bookworm-slim AS build
WORKDIR /opt/gatehouse
COPY . .
# Everything, to build the console; then again without what only development needs.
RUN npm ci --no-audit --no-fund && npm run build && npm ci --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
# dialout owns serial devices on Debian hosts.
RUN useradd --system --uid 10001 --groups dialout --home-dir /data --shell /usr/sbin/nologin gatehouse \
    && install -d -o gatehouse -g gatehouse -m 0700 /data
COPY --from=build /opt/gatehouse /opt/gatehouse
WORKDIR /opt/gatehouse
USER gatehouse
# Inside the container all addresses; which of the host's reach it is for the port mapping to say.
ENV NODE_ENV=production \
    GATEHOUSE_DATA=/data \
    GATEHOUSE_HTTP_HOST=0.0.0.0 \
    GATEHOUSE_MQTT_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080 1883
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "gateway/cli/bin.js", "serve"]
