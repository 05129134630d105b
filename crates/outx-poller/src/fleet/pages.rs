//! Where members live: pages that never move, so that a large fleet holds no room that it does not use.

/// So many to a page. A vector that doubles would hold up to half its room empty; of pages only the last is not full.
const PAGE: usize = 128;

/// Values by their number, which is used again once they are taken out.
pub(super) struct Pages<M> {
    all: Vec<Vec<Cell<M>>>,
    /// The first of the free cells, which name each other.
    free: Option<u32>,
    len: usize,
}

enum Cell<M> {
    Full(M),
    Free(Option<u32>),
}

impl<M> Pages<M> {
    pub(super) fn new() -> Self {
        Self { all: Vec::new(), free: None, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value in; its number.
    pub(super) fn insert(&mut self, value: M) -> u32 {
        self.len += 1;
        if let Some(number) = self.free
            && let Some(cell) = self.cell(number)
        {
            if let Cell::Free(next) = std::mem::replace(cell, Cell::Full(value)) {
                self.free = next;
            }
            return number;
        }
        if self.all.last().is_none_or(|page| page.len() == PAGE) {
            self.all.push(Vec::with_capacity(PAGE));
        }
        let before = (self.all.len() - 1) * PAGE;
        let mut number = before;
        if let Some(page) = self.all.last_mut() {
            number += page.len();
            page.push(Cell::Full(value));
        }
        // Four thousand million of them would not fit into the memory of any machine that this runs on.
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    pub(super) fn get(&self, number: u32) -> Option<&M> {
        match self.all.get(number as usize / PAGE)?.get(number as usize % PAGE)? {
            Cell::Full(value) => Some(value),
            Cell::Free(_) => None,
        }
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut M> {
        match self.cell(number)? {
            Cell::Full(value) => Some(value),
            Cell::Free(_) => None,
        }
    }

    pub(super) fn take(&mut self, number: u32) -> Option<M> {
        let free = self.free;
        let cell = self.cell(number).filter(|cell| matches!(cell, Cell::Full(_)))?;
        let taken = std::mem::replace(cell, Cell::Free(free));
        self.free = Some(number);
        self.len -= 1;
        match taken {
            Cell::Full(value) => Some(value),
            Cell::Free(_) => None,
        }
    }

    /// All values with their numbers.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut M)> {
        (0..).zip(self.all.iter_mut().flatten()).filter_map(|(number, cell)| match cell {
            Cell::Full(value) => Some((number, value)),
            Cell::Free(_) => None,
        })
    }

    fn cell(&mut self, number: u32) -> Option<&mut Cell<M>> {
        self.all.get_mut(number as usize / PAGE)?.get_mut(number as usize % PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map_that_chooses_its_keys(steps in prop::collection::vec((0..3_u8, 0..400_u32), 0..900)) {
            let (mut pages, mut map) = (Pages::new(), BTreeMap::new());
            for (n, (what, number)) in steps.into_iter().enumerate() {
                if what > 0 {
                    let number = pages.insert(n);
                    prop_assert!(map.insert(number, n).is_none(), "{number} was in use");
                } else {
                    prop_assert_eq!(pages.take(number), map.remove(&number));
                }
                prop_assert_eq!(pages.get(number), map.get(&number));
                prop_assert_eq!(pages.len(), map.len());
            }
            let all: BTreeMap<u32, usize> = pages.iter_mut().map(|(number, value)| (number, *value)).collect();
            prop_assert_eq!(all, map);
        }
    }
}
