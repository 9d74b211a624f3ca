//! The protocol of docs/revocation.md as a machine that takes one small step at a time.
//!
//! Time goes on by ticks, and anybody may do nothing for as long as it likes: so a pause, a slow network and a process
//! that is killed are all in here. Clocks are as far astray as the margin allows, the holder's slow and the writer's fast:
//! any better ones end a lease earlier and a wait later. Calls are made at the first holder alone. The second one is no
//! different; so of that one only what it confirms is looked at, and it reads and renews in any order.

/// How many ticks a lease holds by its holder's clock, and in truth: that clock loses one.
const LEASE: u8 = 1;
const SLOW_LEASE: u8 = LEASE + 1;
/// How many ticks a writer waits by its own clock, which gains one.
const PERIOD: u8 = LEASE + 2;
/// The row of a holder that crashed.
const ORPHAN: usize = 2;

/// A step that an implementation could get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    None,
    /// The lease counts from the answer of the renewal, not from its sending.
    LeaseFromAnswer,
    /// The newest revision is read first, and the row renewed after that.
    ReadBeforeRenewal,
    /// The writer waits no longer than the lease is.
    NoMargin,
    /// A revision is confirmed when it is read, not when it is applied.
    ConfirmedBeforeApplied,
    /// The lease is asked for when the access data may have moved since they were read.
    LeaseAskedUnlocked,
    /// A row is forgotten although it was renewed since it was listed.
    RenewedRowForgotten,
    /// A renewal that finds no row counts.
    RenewedWithoutRow,
    /// The writer lists the rows before it commits.
    ListedBeforeCommit,
    /// A request that is repeated is answered at once.
    RepeatedUnwaited,
    /// A holder that ends takes its row away, and then its lease.
    RowLeftBeforeLease,
}

/// Ticks of the real time.
type Timer = u8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Idle,
    /// The renewal is under way.
    Sent,
    /// It is committed.
    Renewed,
    /// The newest revision was this one; the second says whether a lease is to follow.
    Read(u8, bool),
    Applied,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Holder {
    known: u8,
    step: Step,
    registered: bool,
    lease: Option<Timer>,
    renewal: Option<Timer>,
    /// What was read before the renewal; a mistake.
    read: u8,
}

const STARTED: Holder = Holder {
    known: 0,
    step: Step::Idle,
    registered: false,
    lease: None,
    renewal: None,
    read: 0,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Listed {
    No,
    Behind,
    /// It was renewed since.
    Renewed,
}

type List = [Listed; 3];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Writer {
    Idle,
    Committed(u8),
    /// Before its commit; a mistake.
    Listed(List, Timer),
    Waiting(u8, List, Timer),
    /// It answered because the time was up, and forgets who is still behind.
    Forgetting(List),
    Done,
}

/// Everything at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct State {
    newest: u8,
    /// The last revision that a writer has answered for.
    answered: u8,
    /// What each holder has confirmed.
    rows: [Option<u8>; 3],
    holders: [Holder; 2],
    writers: [Writer; 2],
    /// Whether a call that started after an answer has read what was older.
    stale: bool,
    crashes: u8,
}

/// What came of a step.
pub(crate) enum Outcome {
    Goes(State),
    /// A call that started after the answer of a revocation was allowed by what was known before it.
    Violated,
}

/// What a search wants to have met, so that it isn't true of nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sight {
    AnsweredByConfirmation,
    AnsweredByPeriod,
    Forgotten,
    RegisteredAnew,
    Denied,
    Crashed,
}

/// How far a search goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) revisions: u8,
    pub(crate) crashes: u8,
}

pub(crate) fn start(bounds: Bounds) -> State {
    State {
        newest: 0,
        answered: 0,
        rows: [None; 3],
        holders: [STARTED; 2],
        writers: [Writer::Idle; 2],
        stale: false,
        crashes: bounds.crashes,
    }
}

/// Collects what may come next.
pub(crate) struct Next<'a> {
    pub(crate) mistake: Mistake,
    pub(crate) bounds: Bounds,
    pub(crate) give: &'a mut dyn FnMut(&'static str, Outcome),
    pub(crate) see: &'a mut dyn FnMut(Sight),
}

impl Next<'_> {
    pub(crate) fn of(&mut self, state: &State) {
        self.follow(state);
        self.follow_freely(state);
        for holder in 0..2 {
            self.come_and_go(state, holder);
        }
        for writer in 0..2 {
            self.writer(state, writer);
        }
        self.call(state);
        self.tick(state);
    }

    /// Two states in which the writers have changed places are one.
    fn go(&mut self, label: &'static str, mut state: State) {
        if !self.is(Mistake::RenewedRowForgotten) {
            state.leave_out();
        }
        state.writers.sort_unstable();
        (self.give)(label, Outcome::Goes(state));
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    /// The first holder, step by step.
    fn follow(&mut self, state: &State) {
        let holder = state.holders[0];
        let mut next = *state;
        let mut then = |holder: Holder| {
            next.holders[0] = holder;
            next
        };
        // Nobody applies anything while a call looks at the access data.
        let locked = state.stale && !self.is(Mistake::LeaseAskedUnlocked);
        match holder.step {
            Step::Idle => {
                let sent = then(Holder {
                    step: Step::Sent,
                    renewal: Some(0),
                    read: if self.is(Mistake::ReadBeforeRenewal) {
                        state.newest
                    } else {
                        0
                    },
                    ..holder
                });
                self.go("a renewal is sent", sent);
                if state.newest > holder.known {
                    let step = Step::Read(state.newest, false);
                    self.go("a holder was told to read", then(Holder { step, ..holder }));
                }
            }
            Step::Sent => self.renewed(state, 0),
            Step::Renewed => {
                let read = if self.is(Mistake::ReadBeforeRenewal) {
                    holder.read
                } else {
                    state.newest
                };
                let step = Step::Read(read, true);
                self.go(
                    "a holder reads",
                    then(Holder {
                        step,
                        read: 0,
                        ..holder
                    }),
                );
            }
            Step::Read(read, leads) if !locked || read == holder.known => {
                let step = if leads { Step::Applied } else { Step::Idle };
                let known = read.max(holder.known);
                self.go(
                    "a holder applies",
                    then(Holder {
                        step,
                        known,
                        ..holder
                    }),
                );
            }
            Step::Read(..) => {}
            Step::Applied => {
                let from = holder.renewal.map(|sent| {
                    if self.is(Mistake::LeaseFromAnswer) {
                        0
                    } else {
                        sent
                    }
                });
                let lease = from.filter(|timer| *timer < SLOW_LEASE);
                let step = Step::Idle;
                self.go(
                    "a lease begins",
                    then(Holder {
                        step,
                        lease,
                        renewal: None,
                        ..holder
                    }),
                );
            }
        }
    }

    /// The second one.
    fn follow_freely(&mut self, state: &State) {
        self.renewed(state, 1);
        let mut next = *state;
        next.holders[1].known = state.newest;
        self.go("a holder reads and applies", next);
    }

    fn come_and_go(&mut self, state: &State, index: usize) {
        if state.crashes > 0 && state.rows[ORPHAN].is_none() {
            self.crash(state, index);
        }
        let holder = state.holders[index];
        if holder.step == Step::Idle && holder.registered {
            self.leave(state, index);
        }
    }

    fn renewed(&mut self, state: &State, index: usize) {
        let mut next = *state;
        let holder = &mut next.holders[index];
        let known = if self.is(Mistake::ConfirmedBeforeApplied) {
            state.newest
        } else {
            holder.known
        };
        if index == 0 {
            holder.step = Step::Renewed;
        }
        match next.rows[index] {
            Some(_) => {
                next.rows[index] = Some(known);
                next.each_list(|list| {
                    if list[index] == Listed::Behind {
                        list[index] = Listed::Renewed;
                    }
                });
            }
            None if !holder.registered => {
                holder.registered = true;
                next.rows[index] = Some(known);
            }
            None if self.is(Mistake::RenewedWithoutRow) => {}
            None => {
                (self.see)(Sight::RegisteredAnew);
                *holder = Holder {
                    known: holder.known,
                    ..STARTED
                };
            }
        }
        self.go("a renewal is committed", next);
    }

    /// It comes back at once, with another row, and everything loaded.
    fn crash(&mut self, state: &State, index: usize) {
        (self.see)(Sight::Crashed);
        let mut next = *state;
        next.crashes -= 1;
        next.rows[ORPHAN] = next.rows[index].take();
        next.each_list(|list| {
            list[ORPHAN] = list[index];
            list[index] = Listed::No;
        });
        next.holders[index] = Holder {
            known: state.newest,
            ..STARTED
        };
        next.stale &= index != 0;
        self.go("a holder crashes and starts again", next);
    }

    fn leave(&mut self, state: &State, index: usize) {
        let mut next = *state;
        let lease = if self.is(Mistake::RowLeftBeforeLease) {
            state.holders[index].lease
        } else {
            None
        };
        next.holders[index] = Holder {
            known: state.holders[index].known,
            lease,
            ..STARTED
        };
        next.forget(index);
        self.go("a holder says goodbye", next);
    }

    fn writer(&mut self, state: &State, index: usize) {
        let mut next = *state;
        let mut then = |newest: u8, writer: Writer| {
            next.newest = newest;
            next.writers[index] = writer;
            next
        };
        match state.writers[index] {
            Writer::Idle => {
                if state.newest < self.bounds.revisions {
                    let revision = state.newest + 1;
                    if self.is(Mistake::ListedBeforeCommit) {
                        let writer = Writer::Listed(state.behind(revision), 0);
                        self.go("a writer lists", then(state.newest, writer));
                    } else {
                        self.go(
                            "a revocation is committed",
                            then(revision, Writer::Committed(revision)),
                        );
                    }
                }
                if state.newest > 0 {
                    let repeated = then(state.newest, Writer::Committed(state.newest));
                    self.go("a revocation is repeated", repeated);
                    if self.is(Mistake::RepeatedUnwaited) {
                        self.answer(&repeated, index, state.newest, Writer::Done);
                    }
                }
            }
            Writer::Listed(list, timer) => {
                let revision = state.newest + 1;
                if revision <= self.bounds.revisions {
                    let writer = Writer::Waiting(revision, list, timer);
                    self.go("a revocation is committed", then(revision, writer));
                }
            }
            Writer::Committed(revision) => {
                let writer = Writer::Waiting(revision, state.behind(revision), 0);
                self.go("a writer lists", then(state.newest, writer));
            }
            Writer::Waiting(revision, list, timer) => {
                let confirmed = |row: usize| state.rows[row].is_none_or(|known| known >= revision);
                if (0..3).all(|row| list[row] == Listed::No || confirmed(row)) {
                    (self.see)(Sight::AnsweredByConfirmation);
                    self.answer(state, index, revision, Writer::Done);
                }
                let period = if self.is(Mistake::NoMargin) { LEASE } else { PERIOD };
                if timer >= period - 1 {
                    (self.see)(Sight::AnsweredByPeriod);
                    self.answer(state, index, revision, Writer::Forgetting(list));
                }
            }
            Writer::Forgetting(list) => {
                next.writers[index] = Writer::Done;
                for (row, listed) in list.into_iter().enumerate() {
                    let renewed = listed == Listed::Renewed && !self.is(Mistake::RenewedRowForgotten);
                    if listed != Listed::No && !renewed && next.rows[row].is_some() {
                        (self.see)(Sight::Forgotten);
                        next.forget(row);
                    }
                }
                self.go("a writer forgets who is behind", next);
            }
            Writer::Done => {}
        }
    }

    fn answer(&mut self, state: &State, index: usize, revision: u8, writer: Writer) {
        let mut next = *state;
        next.answered = next.answered.max(revision);
        next.writers[index] = writer;
        self.go("a writer answers", next);
    }

    /// It starts, and reads, at one moment: one that waits in between has more to be held against.
    fn call(&mut self, state: &State) {
        let holder = state.holders[0];
        if state.stale {
            if holder.lease.is_some() {
                (self.give)("a call is allowed", Outcome::Violated);
                return;
            }
            (self.see)(Sight::Denied);
            self.go(
                "a call finds no lease",
                State {
                    stale: false,
                    ..*state
                },
            );
        } else if holder.known < state.answered {
            self.go(
                "a call reads what is old",
                State {
                    stale: true,
                    ..*state
                },
            );
        }
    }

    /// A tick of the real time.
    fn tick(&mut self, state: &State) {
        let mut next = *state;
        next.holders[0].tick();
        for writer in &mut next.writers {
            writer.tick();
        }
        self.go("time goes on", next);
    }
}

impl State {
    fn behind(&self, revision: u8) -> List {
        self.rows.map(|row| match row {
            Some(known) if known < revision => Listed::Behind,
            Some(_) | None => Listed::No,
        })
    }

    /// What nobody asks for any more: a row that has confirmed, and whether one was renewed that isn't waited for.
    fn leave_out(&mut self) {
        let rows = self.rows;
        for writer in &mut self.writers {
            match writer {
                Writer::Waiting(revision, list, _) => {
                    for (listed, row) in list.iter_mut().zip(rows) {
                        if row.is_none_or(|known| known >= *revision) {
                            *listed = Listed::No;
                        }
                    }
                }
                Writer::Forgetting(list) => {
                    for listed in list.iter_mut().filter(|listed| **listed == Listed::Renewed) {
                        *listed = Listed::No;
                    }
                }
                Writer::Idle | Writer::Committed(_) | Writer::Listed(..) | Writer::Done => {}
            }
        }
    }

    fn each_list(&mut self, change: impl Fn(&mut List)) {
        for writer in &mut self.writers {
            if let Writer::Waiting(_, list, _) | Writer::Listed(list, _) | Writer::Forgetting(list) = writer {
                change(list);
            }
        }
    }

    /// The next row there is another registration, which nobody has listed.
    fn forget(&mut self, row: usize) {
        self.rows[row] = None;
        self.each_list(|list| list[row] = Listed::No);
    }
}

impl Holder {
    fn tick(&mut self) {
        for timer in [&mut self.lease, &mut self.renewal].into_iter().flatten() {
            *timer = (*timer + 1).min(SLOW_LEASE);
        }
        self.lease = self.lease.filter(|timer| *timer < SLOW_LEASE);
    }
}

impl Writer {
    fn tick(&mut self) {
        if let Self::Waiting(_, _, timer) | Self::Listed(_, timer) = self {
            *timer = (*timer + 1).min(PERIOD - 1);
        }
    }
}
