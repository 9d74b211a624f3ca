//! The rest of a service that a test stands in for.

/// Writes the methods of a service that a stand-in is never asked: each answers that it is unimplemented. The servers of
/// the contract have no defaults, so that no handler is forgotten; a stand-in forgets most of them on purpose.
///
/// It goes inside an `impl` under `#[tonic::async_trait]`, after the methods that the stand-in has. That attribute is
/// expanded before what is inside, so here stands what it would have made of `async fn`.
#[macro_export]
macro_rules! unimplemented_methods {
    ($($method:ident($request:ty) -> $response:ty;)*) => {$(
        fn $method<'life0, 'async_trait>(
            &'life0 self,
            _: ::tonic::Request<$request>,
        ) -> ::core::pin::Pin<
            ::std::boxed::Box<
                dyn ::core::future::Future<
                        Output = ::core::result::Result<::tonic::Response<$response>, ::tonic::Status>,
                    > + ::core::marker::Send
                    + 'async_trait,
            >,
        >
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Err(
                ::tonic::Status::unimplemented("not this one"),
            )))
        }
    )*};
}
