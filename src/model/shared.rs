//! What many repositories have alike is kept once.

use std::{collections::VecDeque, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many different values are looked through; most repositories of an organisation have one of a few.
const REMEMBERED: usize = 16;

/// A value that is cheap to clone and may be shared with others that are equal.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Shared<T>(Arc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: Clone> Shared<T> {
    /// The value, to be changed; those that it was shared with stay as they are.
    pub fn make_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

/// The values seen last.
#[derive(Debug)]
pub struct Lately<T>(VecDeque<Shared<T>>);

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: PartialEq> Lately<T> {
    /// Lets a value share with an equal one that was seen lately.
    pub fn share(&mut self, value: &mut Shared<T>) {
        let is_same = |known: &Shared<T>| Arc::ptr_eq(&known.0, &value.0) || known.0 == value.0;
        match self.0.iter().position(is_same) {
            Some(at) => {
                // What comes often stays in front.
                if let Some(known) = self.0.remove(at) {
                    *value = known.clone();
                    self.0.push_front(known);
                }
            }
            None => {
                self.0.truncate(REMEMBERED - 1);
                self.0.push_front(value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_kept_once_and_change_apart() {
        let mut lately = Lately::default();
        let (mut one, mut other, mut third) = (Shared::from(1), Shared::from(1), Shared::from(2));
        lately.share(&mut one);
        lately.share(&mut third);
        lately.share(&mut other);
        assert!(Arc::ptr_eq(&one.0, &other.0) && !Arc::ptr_eq(&one.0, &third.0));
        *other.make_mut() = 3;
        assert_eq!((*one, *other), (1, 3));
        for number in 10..10 + REMEMBERED {
            lately.share(&mut Shared::from(number));
        }
        let mut forgotten = Shared::from(1);
        lately.share(&mut forgotten);
        assert!(!Arc::ptr_eq(&one.0, &forgotten.0));
    }
}
