//! The routing table: a tree of path segments, built once.

use std::collections::{BTreeSet, HashMap};

use crate::path::RequestPath;
use crate::template::{Segment, Template};

/// Routes by HTTP method and path. A literal wins over `*`, and `*` over `**`.
pub(crate) struct Routes<T> {
    root: Node<T>,
}

struct Node<T> {
    literals: HashMap<String, Node<T>>,
    one: Option<Box<Node<T>>>,
    ends: Vec<End<T>>,
    /// What ends here with `**`.
    rest: Vec<End<T>>,
}

struct End<T> {
    verb: Option<String>,
    /// An HTTP method, or `*`.
    method: String,
    target: T,
}

/// What a request's method and path lead to.
pub(crate) enum Found<'routes, 'path, T> {
    /// The route, and the segments that its template matched.
    Route(&'routes T, &'path [String]),
    /// The path is known, but for these methods only.
    OtherMethods(BTreeSet<&'routes str>),
    Nothing,
}

impl<T> Node<T> {
    fn new() -> Self {
        Self {
            literals: HashMap::new(),
            one: None,
            ends: Vec::new(),
            rest: Vec::new(),
        }
    }

    /// Shows `visit` every end that the segments lead to, the most specific first, until it returns true.
    fn walk<'routes>(
        &'routes self,
        segments: &[String],
        verb: Option<&str>,
        visit: &mut dyn FnMut(&'routes End<T>) -> bool,
    ) -> bool {
        if let Some((head, tail)) = segments.split_first() {
            if self
                .literals
                .get(head)
                .is_some_and(|next| next.walk(tail, verb, visit))
            {
                return true;
            }
            let one = self.one.as_ref().filter(|_| !head.is_empty());
            if one.is_some_and(|next| next.walk(tail, verb, visit)) {
                return true;
            }
        } else if self
            .ends
            .iter()
            .filter(|end| end.verb.as_deref() == verb)
            .any(&mut *visit)
        {
            return true;
        }
        self.rest
            .iter()
            .filter(|end| end.verb.as_deref() == verb)
            .any(visit)
    }
}

impl<T> Routes<T> {
    pub(crate) fn new() -> Self {
        Self { root: Node::new() }
    }

    /// Adds a route, or gives back the one that already answers the same method and paths.
    pub(crate) fn insert(&mut self, method: &str, template: &Template, target: T) -> Result<(), &T> {
        let mut node = &mut self.root;
        let mut open_ended = false;
        for segment in &template.segments {
            match segment {
                Segment::Literal(text) => node = node.literals.entry(text.clone()).or_insert_with(Node::new),
                Segment::One => node = node.one.get_or_insert_with(|| Box::new(Node::new())),
                Segment::Rest => open_ended = true,
            }
        }
        let ends = if open_ended {
            &mut node.rest
        } else {
            &mut node.ends
        };
        let known = ends
            .iter()
            .position(|end| end.method == method && end.verb == template.verb);
        match known {
            Some(position) => ends.get(position).map_or(Ok(()), |end| Err(&end.target)),
            None => {
                ends.push(End {
                    verb: template.verb.clone(),
                    method: method.to_owned(),
                    target,
                });
                Ok(())
            }
        }
    }

    pub(crate) fn find<'routes, 'path>(
        &'routes self,
        method: &str,
        path: &'path RequestPath,
    ) -> Found<'routes, 'path, T> {
        let mut allowed = BTreeSet::new();
        if let Some((segments, verb)) = &path.with_verb
            && let Some(target) = self.search(method, segments, Some(verb), &mut allowed)
        {
            return Found::Route(target, segments);
        }
        if let Some(target) = self.search(method, &path.plain, None, &mut allowed) {
            return Found::Route(target, &path.plain);
        }
        if allowed.is_empty() {
            return Found::Nothing;
        }
        if allowed.contains("GET") {
            allowed.insert("HEAD");
        }
        Found::OtherMethods(allowed)
    }

    fn search<'routes>(
        &'routes self,
        method: &str,
        segments: &[String],
        verb: Option<&str>,
        allowed: &mut BTreeSet<&'routes str>,
    ) -> Option<&'routes T> {
        let mut exact = None;
        let mut any = None;
        let mut get = None;
        self.root.walk(segments, verb, &mut |end| {
            if end.method == method {
                exact = Some(&end.target);
                return true;
            }
            if end.method == "*" {
                any = any.or(Some(&end.target));
                return false;
            }
            if end.method == "GET" && method == "HEAD" {
                get = get.or(Some(&end.target));
            }
            allowed.insert(end.method.as_str());
            false
        });
        exact.or(get).or(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn routes(templates: &[(&'static str, &'static str)]) -> Routes<&'static str> {
        let mut routes = Routes::new();
        for (method, template) in templates {
            routes
                .insert(method, &Template::parse(template).unwrap(), *template)
                .unwrap();
        }
        routes
    }

    fn found(routes: &Routes<&'static str>, method: &str, path: &str) -> String {
        match routes.find(method, &RequestPath::parse(path).unwrap()) {
            Found::Route(target, _) => (*target).to_owned(),
            Found::OtherMethods(methods) => methods.into_iter().collect::<Vec<_>>().join(","),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            ("GET", "/v1/shelves/{id}"),
            ("GET", "/v1/shelves/new"),
            ("DELETE", "/v1/shelves/old"),
            ("GET", "/v1/{rest=**}"),
            ("POST", "/v1/shelves/{id}:clear"),
            ("GET", "/v1/shelves/*/books"),
        ]);
        for (method, path, expected) in [
            ("GET", "/v1/shelves/new", "/v1/shelves/new"),
            ("GET", "/v1/shelves/7", "/v1/shelves/{id}"),
            ("HEAD", "/v1/shelves/7", "/v1/shelves/{id}"),
            ("GET", "/v1/shelves/old", "/v1/shelves/{id}"),
            ("GET", "/v1/shelves/7:clear", "/v1/shelves/{id}"),
            ("POST", "/v1/shelves/7:clear", "/v1/shelves/{id}:clear"),
            ("GET", "/v1/shelves/7/books", "/v1/shelves/*/books"),
            ("GET", "/v1/shelves/7/pages", "/v1/{rest=**}"),
            ("GET", "/v1/shelves/", "/v1/{rest=**}"),
            ("GET", "/v1", "/v1/{rest=**}"),
            ("PUT", "/v1/shelves/old", "DELETE,GET,HEAD"),
            ("POST", "/v2", "nothing"),
        ] {
            assert_eq!(found(&routes, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_same_shape_twice_is_refused() {
        let mut routes = routes(&[("GET", "/v1/{name=shelves/*}")]);
        let twin = Template::parse("/v1/shelves/{id}").unwrap();
        assert_eq!(routes.insert("GET", &twin, "twin"), Err(&"/v1/{name=shelves/*}"));
        assert_eq!(routes.insert("PUT", &twin, "twin"), Ok(()));
    }

    /// A template, a path that it matches, and what its variables then hold.
    fn case() -> impl Strategy<Value = (String, String, Vec<String>)> {
        let literal = "[a-z]{1,5}".prop_map(|text| (text.clone(), text, None));
        let value = "[^\u{0}]{1,6}";
        let variable =
            (0..9_u8, value).prop_map(|(id, text)| (format!("{{f{id}}}"), encode(&text), Some(text)));
        let wrapped = ("[a-z]{1,4}", "[a-z é]{1,6}").prop_map(|(kind, text)| {
            (
                format!("{{w={kind}/*}}"),
                format!("{kind}/{}", encode(&text)),
                Some(format!("{kind}/{text}")),
            )
        });
        let part = prop_oneof![literal, variable, wrapped];
        (prop::collection::vec(part, 1..6), prop::option::of("[a-z]{1,4}")).prop_map(|(parts, verb)| {
            let mut template = String::new();
            let mut path = String::new();
            let mut values = Vec::new();
            for (number, (piece, text, value)) in parts.into_iter().enumerate() {
                // A field stands in a template once: number them apart.
                let piece = piece
                    .replace("{f", &format!("{{n{number}f"))
                    .replace("{w", &format!("{{n{number}w"));
                template.push_str(&format!("/{piece}"));
                path.push_str(&format!("/{text}"));
                values.extend(value);
            }
            if let Some(verb) = verb {
                template.push_str(&format!(":{verb}"));
                path.push_str(&format!(":{verb}"));
            }
            (template, path, values)
        })
    }

    fn encode(text: &str) -> String {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    proptest! {
        #[test]
        fn a_path_made_from_a_template_matches_it_and_gives_its_values((template, path, values) in case()) {
            let template = Template::parse(&template).unwrap();
            let mut routes = Routes::new();
            routes.insert("GET", &template, ()).unwrap();
            let path = RequestPath::parse(&path).unwrap();
            let Found::Route((), segments) = routes.find("GET", &path) else {
                return Err(TestCaseError::fail("no route"));
            };
            let bound: Vec<_> = template.variables.iter().map(|v| template.value(v, segments)).collect();
            prop_assert_eq!(bound, values);
        }

        #[test]
        fn no_template_makes_the_parser_panic(text in "[/a{}*=:.%]{0,24}|.{0,16}") {
            let _ = Template::parse(&text);
        }

        #[test]
        fn no_path_makes_the_routes_panic(text in "[/a:%20f]{0,24}|.{0,16}") {
            let routes = routes(&[("GET", "/{a}/{b=**}"), ("GET", "/a/{c=a/*}:a")]);
            if let Ok(path) = RequestPath::parse(&text) {
                routes.find("GET", &path);
            }
        }
    }
}
