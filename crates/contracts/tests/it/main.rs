//! The contract's generated code.

#[cfg(test)]
mod fields;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod rules;
