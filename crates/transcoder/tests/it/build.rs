//! Rules that can't be served are told when the table is built.

use entente_transcoder::{Exposed, Rest, RestOptions, upstream};
use tonic::Status;

use crate::fixture::pool_of;

/// Builds a service with these rules, one method each, and gives the error.
fn error(rules: &[&str]) -> String {
    let methods: String = rules
        .iter()
        .enumerate()
        .map(|(n, rule)| format!("rpc M{n}(R) returns (R) {{ option (google.api.http) = {{{rule}}}; }}\n"))
        .collect();
    let pool = pool_of(&format!(
        "syntax = \"proto3\"; package t; import \"google/api/annotations.proto\";
        message R {{ string a = 1; R r = 2; repeated string l = 3; map<string, string> m = 4; }}
        service S {{ {methods} }}"
    ));
    let nowhere = upstream(tower::service_fn(|_: http::Request<tonic::body::Body>| async {
        Err::<http::Response<tonic::body::Body>, _>(Status::unavailable(""))
    }));
    let exposed = Exposed::new(&pool, |_| Some(nowhere.clone()), |_| true);
    Rest::new(&exposed, RestOptions::default())
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

#[test]
fn two_methods_for_the_same_requests_are_refused() {
    let message = error(&[r#"get: "/v1/{a=x/*}""#, r#"get: "/v1/x/{r.a}""#]);
    assert_eq!(
        message,
        "t.S.M1 and t.S.M0: both answer GET /v1/x/{r.a}; change one of the two paths"
    );
}

#[test]
fn a_rule_that_does_not_fit_its_method_is_refused() {
    for (rule, problem) in [
        (r#"get: "v1""#, "has the path `v1`, which must start with `/`"),
        (
            r#"get: "/v1/{b}""#,
            "has the variable `b`, which is no single plain field of t.R",
        ),
        (
            r#"get: "/v1/{r}""#,
            "has the variable `r`, which is no single plain field of t.R",
        ),
        (
            r#"get: "/v1/{l}""#,
            "has the variable `l`, which is no single plain field of t.R",
        ),
        (
            r#"get: "/v1/{m}""#,
            "has the variable `m`, which is no single plain field of t.R",
        ),
        (r#"get: "/v1" body: "*""#, "gives a GET a body"),
        (
            r#"post: "/v1" body: "b""#,
            "has the body `b`, which is no field of t.R",
        ),
        (
            r#"get: "/v1" response_body: "b""#,
            "has the response_body `b`, which is no field of t.R",
        ),
        (r#"body: "*""#, "names no HTTP method"),
        (
            r#"custom { kind: "a b" path: "/v1" }"#,
            "has the kind `a b`, which is no HTTP method in capitals",
        ),
        (
            r#"get: "/v1" additional_bindings { get: "/v2" additional_bindings { get: "/v3" } }"#,
            "nests additional bindings",
        ),
    ] {
        assert_eq!(
            error(&[rule]),
            format!("t.S.M0: its HTTP rule {problem}; mend the rule")
        );
    }
}
