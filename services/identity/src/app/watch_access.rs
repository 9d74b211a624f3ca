//! Tells whose rights move.

use std::sync::Arc;

use futures::{Stream, StreamExt as _, future, stream};
use tokio_stream::wrappers::BroadcastStream;

use crate::engine::{Engine, Moved, News, Undecided};

/// The subjects of every revision from now on. First comes the revision that is known, with nobody in it. The stream
/// ends with [`Undecided`] when something may have been missed: then all rights are to be asked for again.
///
/// # Errors
/// [`Undecided`] while this replica may not decide.
pub fn run(
    engine: &Engine,
) -> Result<impl Stream<Item = Result<Arc<Moved>, Undecided>> + Send + use<>, Undecided> {
    let (revision, news) = engine.watch()?;
    let known = stream::once(future::ready(Ok(Arc::new(Moved::nobody(revision)))));
    let moves = BroadcastStream::new(news).map(|news| match news {
        Ok(News::Moved(moved)) => Ok(moved),
        // A watcher that fell behind has missed some.
        Ok(News::Interrupted) | Err(_) => Err(Undecided),
    });
    Ok(until_failure(known.chain(moves)))
}

/// The stream up to its first failure.
fn until_failure<T, E>(stream: impl Stream<Item = Result<T, E>>) -> impl Stream<Item = Result<T, E>> {
    let mut failed = false;
    stream.take_while(move |item| {
        let go_on = !failed;
        failed = item.is_err();
        future::ready(go_on)
    })
}
