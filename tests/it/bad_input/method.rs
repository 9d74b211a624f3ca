//! The public methods, as the contract describes them.

use entente_contracts::{DESCRIPTOR_SET, METHODS, MethodRule};
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
};
use reqwest::Method as Verb;
use serde_json::{Value, json};

/// An id that is well formed and names nothing, but for its prefix.
const NOTHING: &str = "01h455vb4pex5vsknk084sn02q";

/// A method with an HTTP binding.
pub struct Method {
    pub rule: &'static MethodRule,
    pub verb: Verb,
    template: String,
    /// What the body holds, without what the path names.
    pub body: Option<MessageDescriptor>,
    whole: bool,
    request: MessageDescriptor,
}

impl Method {
    pub fn all() -> Vec<Self> {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).unwrap();
        let methods: Vec<_> = pool
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>())
            .collect();
        methods
            .iter()
            .filter_map(|method| Self::read(&pool, method))
            .collect()
    }

    fn read(pool: &DescriptorPool, method: &MethodDescriptor) -> Option<Self> {
        let http = pool.get_extension_by_name("google.api.http").unwrap();
        let options = method.options();
        if !options.has_extension(&http) {
            return None;
        }
        let binding = options.get_extension(&http).as_message().unwrap().clone();
        let (verb, template) = verbs()
            .into_iter()
            .find_map(|(name, verb)| Some((verb, text(&binding, name)?)))?;
        let request = method.input();
        let body = text(&binding, "body");
        let body_message = body.as_deref().map(|body| match body {
            "*" => request.clone(),
            field => message_of(&request.get_field_by_name(field).unwrap()),
        });
        let service = method.parent_service();
        let is_rule =
            |rule: &&MethodRule| rule.service == service.full_name() && rule.method == method.name();
        Some(Self {
            rule: METHODS.iter().find(is_rule).unwrap(),
            verb,
            template,
            body: body_message,
            whole: body.as_deref() == Some("*"),
            request,
        })
    }

    pub fn name(&self) -> String {
        format!("{} ({} {})", self.rule.method, self.verb, self.template)
    }

    /// Its path upon an organization; what else it names is well formed, and nowhere.
    pub fn path(&self, organization: &str) -> String {
        self.fill(|variable| self.proper(variable, organization))
    }

    /// Its path, once for each variable, with something else in the variable's place.
    pub fn paths_with(&self, organization: &str, wrong: &str) -> Vec<String> {
        let paths = self.variables().into_iter().map(|place| {
            self.fill(|variable| {
                if variable == place {
                    wrong.to_owned()
                } else {
                    self.proper(variable, organization)
                }
            })
        });
        paths.collect()
    }

    /// A request upon an organization with this text in one of its fields, and nothing else in it; none where it has no
    /// such field.
    pub fn with_text(&self, organization: &str, field: &str, text: &str) -> Option<(String, Option<Value>)> {
        let field = self.request.get_field_by_name(field)?;
        let (path, name) = (self.path(organization), field.json_name());
        if self.whole {
            return Some((path, Some(json!({ name: text }))));
        }
        Some((
            format!("{path}?{name}={text}"),
            self.body.as_ref().map(|_| json!({})),
        ))
    }

    /// Each field of the body with a value of another type.
    pub fn wrong_fields(&self) -> Vec<(String, Value)> {
        let Some(body) = &self.body else { return Vec::new() };
        let variables = self.variables();
        let fields = body
            .fields()
            .filter(|field| !(self.whole && variables.iter().any(|name| name == field.name())));
        fields
            .map(|field| (field.json_name().to_owned(), wrong(&field)))
            .collect()
    }

    /// Each key of the query whose type not every text has, with a text that hasn't.
    pub fn wrong_query(&self) -> Vec<(String, &'static str)> {
        if self.whole {
            return Vec::new();
        }
        let fields = self.request.fields().filter_map(|field| {
            let kind = field.kind();
            let is_time = kind
                .as_message()
                .is_some_and(|of| of.full_name() == "google.protobuf.Timestamp");
            if matches!(kind, Kind::String | Kind::Bytes) || (kind.as_message().is_some() && !is_time) {
                return None;
            }
            Some((
                field.json_name().to_owned(),
                if is_time { "yesterday" } else { "many" },
            ))
        });
        fields.collect()
    }

    fn variables(&self) -> Vec<String> {
        let parts = self
            .template
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap().to_owned());
        parts.collect()
    }

    fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let mut path = self.template.clone();
        for variable in self.variables() {
            path = path.replace(&format!("{{{variable}}}"), &value(&variable));
        }
        path
    }

    fn proper(&self, variable: &str, organization: &str) -> String {
        if self.rule.organization == Some(variable) {
            return organization.to_owned();
        }
        if variable == "slug" {
            return "nowhere".to_owned();
        }
        let prefix = match variable.split('.').next().unwrap() {
            "member" => "mem",
            "session" => "ses",
            "product" => "prd",
            "invitation" => "pin",
            "partnership" => "pts",
            "notification" => "ntf",
            "event" => "evt",
            "role" => "rol",
            "group" => "grp",
            "service_account" => "sva",
            "api_key" => "key",
            "encryption_key" => "enk",
            "organization" | "parent" => "org",
            other => panic!("what is the prefix of {other}? add it here"),
        };
        format!("{prefix}_{NOTHING}")
    }
}

fn verbs() -> [(&'static str, Verb); 5] {
    [
        ("get", Verb::GET),
        ("post", Verb::POST),
        ("put", Verb::PUT),
        ("patch", Verb::PATCH),
        ("delete", Verb::DELETE),
    ]
}

fn text(message: &DynamicMessage, field: &str) -> Option<String> {
    let value = message.get_field_by_name(field)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn message_of(field: &FieldDescriptor) -> MessageDescriptor {
    let Kind::Message(message) = field.kind() else {
        panic!("{} is no message", field.full_name())
    };
    message
}

fn wrong(field: &FieldDescriptor) -> Value {
    if field.is_list() {
        return json!("no list");
    }
    let kind = field.kind();
    if kind.as_message().is_some() {
        return json!(7);
    }
    if matches!(kind, Kind::String | Kind::Bytes) {
        json!({ "a": 1 })
    } else {
        json!("many")
    }
}
