# The daemon alone: no shell, no package, no root. Time zones are inside the
# program; certificates of public authorities are beside it.
#
#   docker build --build-arg VERSION="$(git describe --always --dirty)" -t ocopsync .

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=docker
# As in the Makefile. The context has no .git, so there is no revision to stamp.
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false \
      -ldflags "-s -w -X main.version=${VERSION}" \
      -o /out/ocopsync ./cmd/ocopsync
RUN mkdir /out/empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ocopsync /ocopsync
# data_dir, relative to /, and room for a workbook that is being read.
COPY --from=build --chown=65532:65532 /out/empty /data
COPY --from=build --chown=65532:65532 /out/empty /tmp
WORKDIR /
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/ocopsync", "health", "--config", "/etc/ocopsync/ocopsync.yaml"]
ENTRYPOINT ["/ocopsync"]
CMD ["serve", "--config", "/etc/ocopsync/ocopsync.yaml"]
