//! The answers of the services, and what they were asked.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request};
use tonic::body::Body;
use tonic::{Response, Status};
use tower::util::MapRequestLayer;

type Answer = Arc<dyn Fn(&dyn Any) -> Box<dyn Any + Send> + Send + Sync>;

/// One call as it reached a service.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    pub headers: HeaderMap,
}

/// Answers by the type of the request. What has no answer is UNIMPLEMENTED.
#[derive(Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<HashMap<TypeId, Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Script {
    /// From now on requests of this type are answered so.
    pub fn on<Q: Any, A: Any + Send>(
        &self,
        answer: impl Fn(&Q) -> Result<A, Status> + Send + Sync + 'static,
    ) {
        let answer: Answer = Arc::new(move |request| Box::new(answer(request.downcast_ref().unwrap())));
        self.answers.lock().unwrap().insert(TypeId::of::<Q>(), answer);
    }

    pub(super) fn answer<Q: Any, A: Any>(&self, request: Q) -> Result<Response<A>, Status> {
        let answer = self.answers.lock().unwrap().get(&TypeId::of::<Q>()).cloned();
        let Some(answer) = answer else {
            return Err(Status::unimplemented("the test gives no answer"));
        };
        let answer: Box<Result<A, Status>> = answer(&request).downcast().unwrap();
        answer.map(Response::new)
    }

    pub(super) fn recorder(
        &self,
    ) -> MapRequestLayer<impl Fn(Request<Body>) -> Request<Body> + Clone + Send + Sync + 'static> {
        let calls = Arc::clone(&self.calls);
        MapRequestLayer::new(move |request: Request<Body>| {
            let call = Call {
                path: request.uri().path().to_owned(),
                headers: request.headers().clone(),
            };
            calls.lock().unwrap().push(call);
            request
        })
    }

    /// All calls of a method that reached a service, in their order.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|call| call.path.rsplit('/').next() == Some(method))
            .cloned()
            .collect()
    }

    /// The one call of a method.
    pub fn call(&self, method: &str) -> Call {
        let [call] = &self.calls(method)[..] else {
            panic!("{method} was not called once")
        };
        call.clone()
    }

    /// How many calls reached a service, but for the questions for the keys.
    pub fn count(&self) -> usize {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|call| !call.path.ends_with("/GetKeySet"))
            .count()
    }
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
