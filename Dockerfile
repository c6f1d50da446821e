# The image that Airbyte runs. BUILD_IMAGE may differ from NODE_IMAGE where npm needs something that must not ship, such
# as a company's certificates.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG BUILD_IMAGE=${NODE_IMAGE}

FROM ${BUILD_IMAGE} AS builder
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY cdk/package.json cdk/
RUN npm ci --ignore-scripts
COPY . .
# The layer of the program is the same whenever and from whatever checkout it is built: owners, modes and times are set
# here, and its folders come with it.
RUN npm run build --silent -- --program \
    && program=/image/airbyte/integration_code \
    && install -d -m 755 /image/airbyte "$program" "$program/bin" "$program/dist/program" \
    && install -m 755 bin/source-tines "$program/bin" \
    && install -m 644 dist/program/*.js "$program/dist/program" \
    && install -m 644 LICENSE dist/THIRD-PARTY-LICENSES.txt dist/source-tines.cdx.json "$program" \
    && find /image -exec touch --date=@0 {} +

FROM ${NODE_IMAGE}
# Airbyte runs every connector as uid 1000. The official Node images have a user there already, other bases may not.
# It may change nothing but what the platform hands it and /tmp, not even /airbyte, its home, where the program lies.
# npm and its like have no use here: nothing is ever installed into a running connector. No program takes on rights.
RUN set -eu; \
    name=$(getent passwd 1000 | cut -d: -f1); \
    if [ -n "$name" ]; then \
      groupmod --new-name airbyte "$(id -gn "$name")"; \
      usermod --login airbyte --home /airbyte "$name"; \
    else \
      groupadd --gid 1000 airbyte; \
      useradd --uid 1000 --gid airbyte --home-dir /airbyte --no-create-home --shell /bin/sh airbyte; \
    fi; \
    rm -rf /home/"${name:-airbyte}" /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
      /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-*; \
    mkdir -p /secrets /config; \
    chown 1000:1000 /secrets /config; \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +

COPY --from=builder /image/ /

ENV NODE_ENV=production \
    AIRBYTE_ENTRYPOINT=/airbyte/integration_code/bin/source-tines
WORKDIR /airbyte/integration_code
# A number, so that Kubernetes can see that it isn't root (runAsNonRoot).
USER 1000:1000
ENTRYPOINT ["/airbyte/integration_code/bin/source-tines"]

# dockerRepository and dockerImageTag of metadata.yaml: integration_tests/platform checks that they are the same.
ARG CONNECTOR_NAME=airbyte/source-tines
ARG CONNECTOR_VERSION=0.3.0
# Where the sources are, the commit and the time (RFC 3339) of the build: --build-arg, see docs/security.md.
ARG IMAGE_SOURCE=
ARG IMAGE_REVISION=
ARG IMAGE_CREATED=
LABEL io.airbyte.name="${CONNECTOR_NAME}" \
      io.airbyte.version="${CONNECTOR_VERSION}" \
      org.opencontainers.image.title="source-tines" \
      org.opencontainers.image.description="Airbyte source connector for the audit logs of a Tines tenant" \
      org.opencontainers.image.version="${CONNECTOR_VERSION}" \
      org.opencontainers.image.source="${IMAGE_SOURCE}" \
      org.opencontainers.image.revision="${IMAGE_REVISION}" \
      org.opencontainers.image.created="${IMAGE_CREATED}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.documentation="https://docs.airbyte.com/integrations/sources/tines"
