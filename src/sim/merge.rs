//! What maintainers do with pull requests: merging, for tests and the demo.

use super::{Signer, World};

impl World {
    /// Merges all open pull requests of branches in their own repository: the files of the branch that differ from the
    /// base are committed to the base. The branches stay, as on GitHub.
    pub fn merge_all_pulls(&mut self) {
        let stamp = self.stamp();
        for o in 0..self.orgs.len() {
            for r in 0..self.orgs.get(o).map_or(0, |org| org.repos.len()) {
                while let Some((at, head, base)) = self.open_pull(o, r) {
                    let files = self.branch_files(o, r, &head, &base);
                    let author = Signer::of("maintainer", &stamp);
                    let merged = self.commit_to(o, r, &base, &files, "Merge the pull request", &author, true);
                    let pull = self.orgs.get_mut(o).and_then(|org| org.repos.get_mut(r)?.pulls.get_mut(at));
                    let Some(pull) = pull.filter(|_| merged.is_some()) else { break };
                    pull.open = false;
                    pull.merged_at = Some(stamp.clone());
                    pull.closed_at = Some(stamp.clone());
                }
            }
        }
    }

    fn open_pull(&self, o: usize, r: usize) -> Option<(usize, String, String)> {
        let repo = self.orgs.get(o)?.repos.get(r)?;
        let (at, pull) = repo.pulls.iter().enumerate().find(|(_, pull)| pull.open && pull.head_repo.is_none())?;
        Some((at, pull.head.clone(), pull.base.clone()))
    }

    /// The files that the head branch has otherwise than the base: path → bytes, `None` where it has none.
    fn branch_files(&self, o: usize, r: usize, head: &str, base: &str) -> Vec<(String, Option<Vec<u8>>)> {
        let Some(org) = self.orgs.get(o) else { return Vec::new() };
        let Some(repo) = org.repos.get(r) else { return Vec::new() };
        let tree = |branch: &str| {
            let commit = repo.refs.get(&format!("refs/heads/{branch}")).and_then(|oid| repo.commits.get(oid));
            commit.map(|commit| org.objects.flatten(&commit.tree, false)).unwrap_or_default()
        };
        let (old, new) = (tree(base), tree(head));
        let mut files = Vec::new();
        for (path, entry) in &new {
            if old.get(path).map(|e| &e.oid) != Some(&entry.oid) {
                files.push((path.clone(), org.bytes(&entry.oid).map(<[u8]>::to_vec)));
            }
        }
        files.extend(old.keys().filter(|path| !new.contains_key(*path)).map(|path| (path.clone(), None)));
        files
    }
}
