//! The reference of the edge: Envoy's transcoder before the same identity. It translates, and does nothing else that a
//! gateway has to do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use entente_contracts::DESCRIPTOR_SET;
use serde_json::{Value, json};

use crate::program::Program;

/// Where `scripts/install bench` puts its Python, and that the program.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/bench/lib");
const PROGRAM: &str = "site-packages/envoy/_bin/envoy";
const EXTENSIONS: &str = "type.googleapis.com/envoy.extensions";

/// Starts it in a folder before identity, and gives its URL; none where it isn't installed.
pub(crate) fn start(folder: &Path, identity_url: &str) -> Result<Option<(Program, String)>> {
    let Some(program) = installed() else {
        return Ok(None);
    };
    let identity = identity_url.trim_start_matches("http://");
    let (host, port) = identity.rsplit_once(':').context("identity has a port")?;
    let own = free_port()?;
    let descriptors = folder.join("descriptors.pb");
    fs::write(&descriptors, DESCRIPTOR_SET)?;
    let config = folder.join("envoy.json");
    let upstream = address(host, port.parse()?);
    fs::write(&config, configuration(own, &descriptors, &upstream).to_string())?;
    let arguments = [
        "-c",
        &config.display().to_string(),
        "--concurrency",
        "2",
        "--log-level",
        "error",
    ];
    let arguments = arguments.map(ToOwned::to_owned);
    let running = Program::start("envoy", &program, &arguments, folder)?;
    Ok(Some((running, format!("http://127.0.0.1:{own}"))))
}

fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir(TOOLS).ok()?;
    let mut programs = versions.filter_map(|version| Some(version.ok()?.path().join(PROGRAM)));
    programs.find(|program| program.is_file())
}

/// Envoy says the port that it got nowhere but on another one.
fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}

fn configuration(port: u16, descriptors: &Path, upstream: &Value) -> Value {
    let transcoder = json!({
        "@type": format!("{EXTENSIONS}.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder"),
        "proto_descriptor": descriptors,
        "services": ["entente.identity.v1.OrganizationService"],
    });
    let router = json!({ "@type": format!("{EXTENSIONS}.filters.http.router.v3.Router") });
    let route = json!({ "match": { "prefix": "/" }, "route": { "cluster": "identity" } });
    let connections = json!({
        "@type": format!("{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "edge",
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": [route] }] },
        "http_filters": [
            { "name": "transcoder", "typed_config": transcoder },
            { "name": "router", "typed_config": router },
        ],
    });
    let http2 = json!({
        "@type": format!("{EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions"),
        "explicit_http_config": { "http2_protocol_options": {} },
    });
    json!({ "static_resources": {
        "listeners": [{
            "name": "edge",
            "address": address("127.0.0.1", port),
            "filter_chains": [{ "filters": [{ "name": "http", "typed_config": connections }] }],
        }],
        "clusters": [{
            "name": "identity",
            "type": "STATIC",
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2,
            },
            "load_assignment": {
                "cluster_name": "identity",
                "endpoints": [{ "lb_endpoints": [{ "endpoint": { "address": upstream } }] }],
            },
        }],
    } })
}

fn address(host: &str, port: u16) -> Value {
    json!({ "socket_address": { "address": host, "port_value": port } })
}
