//! The file: sealed values under their names, when each was last used, and a bound on all.
//!
//! redb keeps it. Every page is checked when it is opened, so that a file which was altered is found out before it is read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition, TableHandle,
    backends::FileBackend,
};

use super::{
    keys::Name,
    place::{self, FILE, Unusable},
};

/// Name → sealed value, of those that are small.
const VALUES: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("ordain.values.1");
/// The same of the large ones. A page with a large value is large, and it is read and written again with each value that is put
/// beside it.
const LARGE: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("ordain.large.1");
/// What is larger than this is large.
const SMALL: usize = 1024;
/// Name → the day on which it was last used (days since 1970), and how many bytes it takes.
const USED: TableDefinition<'_, &[u8; 32], (u32, u64)> = TableDefinition::new("ordain.used.1");
/// What the names of all tables of all formats begin with.
const OURS: &str = "ordain.";

/// Memory for pages; what is read is read once.
const PAGES: usize = 2 * 1024 * 1024;
/// So many bytes are written together.
const BATCH: u64 = 1024 * 1024;

/// An open file.
pub(super) struct Store {
    database: Database,
    folder: PathBuf,
    most: u64,
    today: u32,
    waiting: BTreeMap<Name, Vec<u8>>,
    waiting_bytes: usize,
    /// What was asked for and is there.
    used: BTreeSet<Name>,
    total: u64,
    swept: bool,
    /// Whether this run has no room for more.
    full: bool,
}

impl Store {
    /// Opens the file in a folder. One that is damaged or of an older format is replaced by a new one; the second value says
    /// so.
    pub(super) fn open(folder: &Path, most: u64, today: u32) -> Result<(Self, bool), Unusable> {
        match Self::of(place::open(folder)?, folder, most, today) {
            Err(Unusable::Damaged) => Ok((Self::of(place::anew(folder)?, folder, most, today)?, true)),
            other => Ok((other?, false)),
        }
    }

    fn of(file: File, folder: &Path, most: u64, today: u32) -> Result<Self, Unusable> {
        // A file that was altered may lead redb to a panic.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let database = database(file)?;
            let total = tables(&database)?;
            Ok::<_, Unusable>((database, total))
        }));
        let (database, total) = opened.unwrap_or(Err(Unusable::Damaged))?;
        Ok(Self {
            database,
            folder: folder.to_path_buf(),
            most,
            today,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            used: BTreeSet::new(),
            total,
            swept: false,
            full: false,
        })
    }

    /// The value of a name.
    pub(super) fn get(&mut self, name: &Name) -> Result<Option<Vec<u8>>, Unusable> {
        if let Some(value) = self.waiting.get(name) {
            return Ok(Some(value.clone()));
        }
        let reading = self.database.begin_read().map_err(broken)?;
        let row = reading.open_table(USED).map_err(broken)?.get(name).map_err(broken)?;
        let Some((_, takes)) = row.map(|row| row.value()) else { return Ok(None) };
        let table = if is_large(takes) { LARGE } else { VALUES };
        let value = reading.open_table(table).map_err(broken)?.get(name).map_err(broken)?;
        let value = value.map(|value| value.value().to_vec());
        if value.is_some() {
            self.used.insert(*name);
        }
        Ok(value)
    }

    /// Keeps a value, if there is room. It is written with the others of its batch.
    pub(super) fn put(&mut self, name: Name, value: Vec<u8>) -> Result<(), Unusable> {
        // One value must not drive all others out.
        if self.full || value.len() as u64 > self.most / 16 {
            return Ok(());
        }
        self.waiting_bytes += value.len();
        if let Some(old) = self.waiting.insert(name, value) {
            self.waiting_bytes -= old.len();
        }
        if (self.waiting_bytes as u64) < BATCH.min(self.most / 16) {
            return Ok(());
        }
        self.write()
    }

    /// Takes a value away that is not what it should be.
    pub(super) fn remove(&mut self, name: &Name) -> Result<(), Unusable> {
        self.waiting.remove(name);
        self.used.remove(name);
        self.sweep(&[*name])
    }

    /// Writes what waits, notes what was used, and holds the bound.
    pub(super) fn close(mut self) -> Result<(), Unusable> {
        self.write()?;
        self.note_used()?;
        let path = self.folder.join(FILE);
        let length = || std::fs::metadata(&path).map_or(0, |about| about.len());
        if length() > self.most {
            self.database.compact().map_err(broken)?;
        }
        self.database.close().map_err(opening)?;
        if length() > self.most {
            std::fs::remove_file(&path)?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Unusable> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let writing = self.database.begin_write().map_err(broken)?;
        {
            let mut values = writing.open_table(VALUES).map_err(broken)?;
            let mut large = writing.open_table(LARGE).map_err(broken)?;
            let mut used = writing.open_table(USED).map_err(broken)?;
            for (name, value) in &self.waiting {
                let takes = takes(value.len());
                let before = used.insert(name, (self.today, takes)).map_err(broken)?;
                let before = before.map_or(0, |before| before.value().1);
                let (table, other) =
                    if is_large(takes) { (&mut large, &mut values) } else { (&mut values, &mut large) };
                table.insert(name, value.as_slice()).map_err(broken)?;
                if before > 0 && is_large(before) != is_large(takes) {
                    other.remove(name).map_err(broken)?;
                }
                self.total = self.total.saturating_sub(before).saturating_add(takes);
            }
        }
        writing.commit().map_err(broken)?;
        self.waiting.clear();
        self.waiting_bytes = 0;
        // The file has pages of its own, and some that are free.
        if self.total > self.most / 4 * 3 {
            self.make_room()?;
        }
        Ok(())
    }

    /// Takes away what was used longest ago, down to half of the bound: once a run, and no more is kept after that if
    /// it is reached again.
    fn make_room(&mut self) -> Result<(), Unusable> {
        if self.swept {
            self.full = true;
            return Ok(());
        }
        self.swept = true;
        self.note_used()?;
        let mut oldest = Vec::new();
        {
            let reading = self.database.begin_read().map_err(broken)?;
            for row in reading.open_table(USED).map_err(broken)?.iter().map_err(broken)? {
                let (name, used) = row.map_err(broken)?;
                let (day, takes) = used.value();
                oldest.push((day, *name.value(), takes));
            }
        }
        oldest.sort_unstable();
        let mut over = self.total.saturating_sub(self.most / 2);
        let mut going = Vec::new();
        for (_, name, takes) in oldest {
            if over == 0 {
                break;
            }
            going.push(name);
            over = over.saturating_sub(takes);
        }
        self.sweep(&going)
    }

    fn sweep(&mut self, going: &[Name]) -> Result<(), Unusable> {
        let writing = self.database.begin_write().map_err(broken)?;
        {
            let mut values = writing.open_table(VALUES).map_err(broken)?;
            let mut large = writing.open_table(LARGE).map_err(broken)?;
            let mut used = writing.open_table(USED).map_err(broken)?;
            for name in going {
                let row = used.remove(name).map_err(broken)?;
                let takes = row.map_or(0, |row| row.value().1);
                let table = if is_large(takes) { &mut large } else { &mut values };
                table.remove(name).map_err(broken)?;
                self.total = self.total.saturating_sub(takes);
                self.used.remove(name);
            }
        }
        writing.commit().map_err(broken)
    }

    /// Writes today's day to what was used, where another stands.
    fn note_used(&mut self) -> Result<(), Unusable> {
        let mut later = Vec::new();
        {
            let reading = self.database.begin_read().map_err(broken)?;
            let table = reading.open_table(USED).map_err(broken)?;
            for name in std::mem::take(&mut self.used) {
                let row = table.get(&name).map_err(broken)?;
                if let Some((day, takes)) = row.map(|row| row.value()).filter(|(day, _)| *day != self.today) {
                    later.push((name, day.max(self.today), takes));
                }
            }
        }
        if later.is_empty() {
            return Ok(());
        }
        let writing = self.database.begin_write().map_err(broken)?;
        {
            let mut used = writing.open_table(USED).map_err(broken)?;
            for (name, day, takes) in later {
                used.insert(&name, (day, takes)).map_err(broken)?;
            }
        }
        writing.commit().map_err(broken)
    }
}

fn database(file: File) -> Result<Database, Unusable> {
    let backend = FileBackend::new(file).map_err(opening)?;
    let mut builder = Database::builder();
    builder.set_cache_size(PAGES).set_check_integrity_on_open(true);
    builder.create_with_backend(backend).map_err(opening)
}

/// Makes the tables; gives the bytes that all values take.
fn tables(database: &Database) -> Result<u64, Unusable> {
    let writing = database.begin_write().map_err(broken)?;
    let (mut other, mut older) = (false, false);
    for table in writing.list_tables().map_err(broken)? {
        let is_mine = [VALUES.name(), LARGE.name(), USED.name()].contains(&table.name());
        older |= !is_mine && table.name().starts_with(OURS);
        other |= !is_mine && !table.name().starts_with(OURS);
    }
    if other {
        return Err(Unusable::Foreign("the file of its name is another program's"));
    }
    if older {
        return Err(Unusable::Damaged);
    }
    let mut total = 0_u64;
    {
        writing.open_table(VALUES).map_err(broken)?;
        writing.open_table(LARGE).map_err(broken)?;
        let used = writing.open_table(USED).map_err(broken)?;
        for row in used.iter().map_err(broken)? {
            total = total.saturating_add(row.map_err(broken)?.1.value().1);
        }
    }
    writing.commit().map_err(broken)?;
    Ok(total)
}

/// Whether what takes so much stands among the large values.
const fn is_large(takes: u64) -> bool {
    takes > SMALL as u64 + 128
}

/// What a value takes in the file: a share of a page, or pages of its own, of which redb makes powers of two.
fn takes(length: usize) -> u64 {
    let length = length as u64 + 128;
    if length <= 2048 { length } else { length.next_power_of_two() }
}

fn opening(error: DatabaseError) -> Unusable {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Unusable::Busy,
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() != std::io::ErrorKind::InvalidData => {
            // A file that ends before it should is damaged, and so is one that names a place beyond all files.
            match error.kind() {
                std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidInput => Unusable::Damaged,
                _ => Unusable::Io(error),
            }
        }
        _ => Unusable::Damaged,
    }
}

fn broken(error: impl Into<redb::Error>) -> Unusable {
    match error.into() {
        redb::Error::Io(error) => Unusable::Io(error),
        _ => Unusable::Damaged,
    }
}
