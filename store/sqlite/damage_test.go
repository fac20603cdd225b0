package sqlite_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/store/sqlite"
	"tocsin/store/storetest"
)

// mostOnPage is more than the rows that fit on a page of the filled stores.
const mostOnPage = 50

// files are a store as it lies on the disk: by suffix of their names.
type files map[string][]byte

func read(t *testing.T, dir string) files {
	t.Helper()
	f := files{}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, "tocsin.db"+suffix))
		if err == nil {
			f[suffix] = b
		} else if !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	return f
}

// write puts files into a folder of their own. It looks as if a daemon had run
// there.
func (f files) write(t *testing.T) (dir string) {
	t.Helper()
	dir = memoryDir(t)
	f = maps.Clone(f)
	f[".lock"] = []byte("1\n")
	for suffix, b := range f {
		if err := os.WriteFile(filepath.Join(dir, "tocsin.db"+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// memoryDir returns a folder on a file system in memory where there is one: what
// these tests are about is not the disk, and they would wait for it most of the
// time.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tocsin")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (f files) clone() files {
	c := files{}
	for suffix, b := range f {
		c[suffix] = bytes.Clone(b)
	}
	return c
}

// fill commits rows of many sizes, some in another namespace, and deletes some.
func fill(t *testing.T, s *sqlite.Store) {
	t.Helper()
	var rows []rules.Row
	for i := range 600 {
		size := 150 + i*37%400
		if i%100 == 50 {
			size = 20_000 // over several pages
		}
		value := strings.Repeat(string(rune('a'+i%26)), size)
		rows = append(rows,
			rules.Row{Kind: rules.KindState, Key: fmt.Sprintf("rule\x00%04d", i*7919%600), Value: value},
			rules.Row{Kind: rules.KindChange, Key: fmt.Sprintf("%08d", i), Value: strings.Repeat("h", 200) + fmt.Sprint(i)})
	}
	for len(rows) > 0 {
		commit(t, s, rows[:100]...)
		rows = rows[100:]
	}
	for i := range 100 {
		commit(t, s, rules.Row{Kind: rules.KindState, Key: fmt.Sprintf("rule\x00%04d", i)})
	}
}

func commit(t *testing.T, s *sqlite.Store, rows ...rules.Row) {
	t.Helper()
	if err := s.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
}

// contents returns all rows as lines.
func contents(t *testing.T, s *sqlite.Store) []string {
	t.Helper()
	return append(storetest.Current(t, s), storetest.History(t, s, rules.KindChange, "", "\xff")...)
}

// filled returns the files of a store that was closed, and its rows.
func filled(t *testing.T) (files, []string) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	all := contents(t, s)
	closed(t, s)
	return read(t, dir), all
}

// journaled returns the files of a store as a kill leaves them, and its rows: all
// that was ever committed is in the journal.
func journaled(t *testing.T) (files, []string) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	all := contents(t, s)
	f := read(t, dir)
	closed(t, s)
	return f, all
}

func closed(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// asSet makes lines quick to look up.
func asSet(lines []string) map[string]bool {
	set := make(map[string]bool, len(lines))
	for _, l := range lines {
		set[l] = true
	}
	return set
}

// reopened opens damaged files. It fails the test if a row comes back that was
// never there, and if damage is not reported though rows are gone.
func reopened(t *testing.T, f files, all []string) (got []string, d *sqlite.Damage) {
	t.Helper()
	dir := f.write(t)
	defer func() { _ = os.RemoveAll(dir) }() // such file systems may be small
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "tocsin.db"), sqlite.Options{
		Damaged: func(found sqlite.Damage) { d = &found },
		Now:     func() time.Time { return time.Unix(1, 0) },
	})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	got = contents(t, s)
	was := asSet(all)
	for _, line := range got {
		if !was[line] && (f["-wal"] == nil || !deleted(line)) {
			t.Fatalf("a row that was never there: %.80q", line)
		}
	}
	// What hits the last commit of a journal looks like a crash in the middle of
	// it; the last one of fill deletes a row.
	gone, came := difference(all, got)
	if d == nil && (gone > 0 || came > 1 || (came > 0 && f["-wal"] == nil)) {
		t.Fatalf("%d rows are gone and %d came without a word", gone, came)
	}
	if d != nil {
		checkDamage(t, f, *d, len(got))
	}
	commit(t, s, rules.Row{Kind: rules.KindState, Key: "after", Value: 1})
	closed(t, s)
	s = open(t, dir) // which fails the test if it is still damaged
	if n := len(contents(t, s)); n != len(got)+1 {
		t.Errorf("%d rows after another start, not %d", n, len(got)+1)
	}
	closed(t, s)
	return got, d
}

func checkDamage(t *testing.T, f files, d sqlite.Damage, got int) {
	t.Helper()
	if d.Kept != got {
		t.Errorf("the report says %d rows were kept, not %d: %v", d.Kept, got, d)
	}
	aside, err := os.ReadFile(d.Aside)
	if err != nil || !strings.HasSuffix(d.Aside, ".damaged-19700101T000001Z") {
		t.Errorf("the damaged file isn't at %q: %v", d.Aside, err)
	}
	if _, journal := f["-wal"]; !journal && !bytes.Equal(aside, f[""]) {
		t.Error("the file set aside is not the damaged one")
	}
}

func TestUndamaged(t *testing.T) {
	for what, make := range map[string]func(*testing.T) (files, []string){"closed": filled, "killed": journaled} {
		t.Run(what, func(t *testing.T) {
			f, all := make(t)
			if len(all) != 1100 {
				t.Fatalf("%d rows: want 1100", len(all))
			}
			if got, d := reopened(t, f, all); d != nil || !slices.Equal(got, all) {
				t.Errorf("damage %v, %d rows: want none, and all", d, len(got))
			}
		})
	}
}

func TestF12CutFile(t *testing.T) {
	t.Parallel()
	f, all := filled(t)
	size := len(f[""])
	for _, n := range []int{0, 1, 10, 50, 99, 100, 5000, 8191, 8192, 8193, 16384, size / 3, size / 2, size - 20000, size - 8192, size - 1} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			cut := files{"": f[""][:n]}
			got, d := reopened(t, cut, all)
			if d == nil {
				t.Fatal("no damage is reported")
			}
			if n == size-1 && len(got) < len(all)-mostOnPage {
				t.Errorf("%d of %d rows are left: want all but those of the last page", len(got), len(all))
			}
			if n == size/2 && len(got) < len(all)/4 {
				t.Errorf("%d of %d rows are left of half a file", len(got), len(all))
			}
			if n < size-8192 && d.Pages == 0 && d.Lost == 0 && n > 16384 {
				t.Errorf("the report does not say what was lost: %v", d)
			}
		})
	}
}

func TestF12FlippedByte(t *testing.T) {
	t.Parallel()
	f, all := filled(t)
	var offsets []int
	for at := 0; at < 100; at += 3 {
		offsets = append(offsets, at) // the header
	}
	for page := 8192; page < len(f[""]); page += 8192 * 10 {
		for _, at := range []int{0, 1, 3, 4, 5, 7, 8, 11} {
			offsets = append(offsets, page+at) // the page's own header
		}
	}
	for at := 100; at < len(f[""]); at += 9973 {
		offsets = append(offsets, at)
	}
	flipEach(t, f, "", all, offsets)
}

func TestF12FlippedByteInJournal(t *testing.T) {
	t.Parallel()
	f, all := journaled(t)
	const frame = 24 + 8192
	var offsets []int
	for at := 0; at < 32+24; at += 2 {
		offsets = append(offsets, at) // the header, and that of the first frame
	}
	for i, at := 0, 32; at < len(f["-wal"]); i, at = i+1, at+frame*14 {
		offsets = append(offsets, at+i%24, at+24+i*31%8192)
	}
	flipEach(t, f, "-wal", all, offsets)
}

// deleted are the keys that fill deletes. Where a page's last version in the
// journal is lost, an older one, with some of them, is all that is known.
func deleted(line string) bool { return strings.HasPrefix(line, "state rule\x0000") }

// difference returns how many lines are gone, and how many came.
func difference(before, after []string) (gone, came int) {
	was, is := asSet(before), asSet(after)
	for _, l := range before {
		if !is[l] {
			gone++
		}
	}
	for _, l := range after {
		if !was[l] {
			came++
		}
	}
	return gone, came
}

// flipEach flips one bit at each offset, one at a time.
func flipEach(t *testing.T, f files, suffix string, all []string, offsets []int) {
	t.Helper()
	reports, most, back := 0, 0, 0
	for _, at := range offsets {
		damaged := f.clone()
		damaged[suffix][at] ^= 1 << (at % 8)
		got, d := reopened(t, damaged, all)
		if d != nil {
			reports++
		}
		lost, risen := difference(all, got)
		if risen > mostOnPage {
			t.Errorf("a flipped bit at %d brought back %d rows that were deleted", at, risen)
		}
		back += min(risen, 1)
		if lost > mostOnPage {
			t.Errorf("a flipped bit at %d cost %d rows: %v", at, lost, d)
		}
		if lost > 0 && d.Lost == 0 && d.Pages == 0 {
			t.Errorf("a flipped bit at %d cost %d rows and the report knows of none: %v", at, lost, d)
		}
		most = max(most, lost)
		if t.Failed() {
			t.Logf("offset %d, page %d", at, at/8192+1)
			return
		}
	}
	t.Logf("%d flips, %d reports, at most %d rows lost; deleted rows were back %d times", len(offsets), reports, most, back)
	if back > len(offsets)/20 {
		t.Errorf("deleted rows were back %d times", back)
	}
	if reports < len(offsets)/3 {
		t.Errorf("of %d flipped bits only %d were noticed", len(offsets), reports)
	}
}
