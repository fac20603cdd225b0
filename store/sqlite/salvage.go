package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"tocsin/rules"
	"tocsin/store/record"
)

// errForeign is returned for a file that holds nothing of ours.
var errForeign = errors.New("it is not a store of tocsin's, and was left as it is")

// salvage takes over every row of a damaged file that can be proved right into a
// new one, and puts the new one in its place.
//
// It does not ask SQLite, which stops at the first thing that doesn't hold. It
// reads each page on its own and takes each row that agrees with its checksum, so
// a page that is gone costs the rows on it and no other.
func salvage(ctx context.Context, path, cause string, o Options) (Damage, error) {
	d := Damage{File: path, Cause: cause}
	building := path + ".salvaging"
	if err := removeAll(building); err != nil {
		return d, err
	}
	if err := takeOver(ctx, path, building, &d); err != nil {
		return d, errors.Join(err, removeAll(building))
	}
	if mine, err := ours(path); err != nil || (d.Kept == 0 && !mine) {
		if err == nil {
			err = errForeign
		}
		return d, errors.Join(err, removeAll(building))
	}
	if err := os.Rename(building, path+".salvaged"); err != nil {
		return d, err
	}
	aside, err := finishSalvage(path, o.now())
	d.Aside = aside
	return d, err
}

// takeOver writes what can be read of one file into another, a new one.
func takeOver(ctx context.Context, from, to string, d *Damage) (err error) {
	im, err := openImage(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, im.close()) }()
	s, err := connect(ctx, to, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.disconnect()) }()
	if err := migrate(ctx, s.writer); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	err = newRescue(im, d, func(namespace string, records []record.Record) error {
		return s.write(ctx, namespace, func(yield func([]record.Record, error) bool) { yield(records, nil) })
	}).run()
	if err != nil {
		return err
	}
	d.Kept, err = countRows(ctx, s)
	return err
}

// saved returns the rows of a namespace, without history, that salvage would take
// over from a file. It writes nothing.
func saved(path, namespace string, d *Damage) (_ []rules.Stored, err error) {
	im, err := openImage(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, im.close()) }()
	byKey := map[[2]string]rules.Stored{}
	err = newRescue(im, d, func(of string, records []record.Record) error {
		d.Kept += len(records)
		for _, r := range records {
			if of == namespace && !rules.IsHistory(r.Kind) {
				byKey[[2]string{r.Kind, r.Key}] = rules.Stored{Kind: r.Kind, Key: r.Key, Value: r.Value}
			}
		}
		return nil
	}).run()
	if err != nil {
		return nil, err
	}
	if mine, err := ours(path); err != nil || (d.Kept == 0 && !mine) {
		return nil, cmp.Or(err, errForeign)
	}
	return slices.SortedFunc(maps.Values(byKey), func(a, b rules.Stored) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	}), nil
}

// A rescue reads an image row by row.
type rescue struct {
	image  *image
	damage *Damage
	check  checker
	// keep is given rows, of one key the last one last; the slice is used again.
	keep func(namespace string, records []record.Record) error

	namespace string // of what is pending
	pending   []record.Record
	below     map[uint32]bool // pages that others point to
}

func newRescue(im *image, d *Damage, keep func(string, []record.Record) error) *rescue {
	return &rescue{image: im, damage: d, keep: keep, below: map[uint32]bool{}}
}

func (r *rescue) run() error {
	if err := r.image.each(func(n uint32) error { return r.page(n) }); err != nil {
		return err
	}
	if err := r.missing(); err != nil {
		return err
	}
	return r.flush()
}

// page takes over the rows of a page, if it is one that holds rows.
func (r *rescue) page(n uint32) error {
	b, err := r.image.page(n)
	if err != nil {
		return err
	}
	p, ok := asBtreePage(b)
	if !ok {
		return nil
	}
	for _, child := range p.children() {
		r.below[child] = true
	}
	before := r.damage.Lost
	cells, _, err := r.cells(p)
	if before == r.damage.Lost && !p.whole(cells) {
		r.damage.Pages++
	}
	return err
}

// cells takes over the rows of a page. It returns the bytes that they take, and
// how many held.
func (r *rescue) cells(p btreePage) (bytes, good int, err error) {
	for _, at := range p.offsets() {
		c, err := p.cell(at, r.image)
		if err != nil {
			return bytes, good, err
		}
		bytes += c.size
		if c.alien {
			continue
		}
		if !c.ok || !r.check.holds(c.namespace, c.record, c.sum) {
			r.damage.Lost++
			continue
		}
		good++
		if err := r.row(c); err != nil {
			return bytes, good, err
		}
	}
	return bytes, good, nil
}

// row takes a row over.
func (r *rescue) row(c cell) error {
	if c.namespace != r.namespace || len(r.pending) == 1000 {
		if err := r.flush(); err != nil {
			return err
		}
		r.namespace = c.namespace
	}
	r.pending = append(r.pending, c.record)
	return nil
}

func (r *rescue) flush() error {
	if len(r.pending) == 0 {
		return nil
	}
	err := r.keep(r.namespace, r.pending)
	r.pending = r.pending[:0]
	return err
}

// missing counts the pages that others point to and that aren't such as hold
// rows. Of those that are there only the type may be wrong: so both are tried.
func (r *rescue) missing() error {
	for _, n := range slices.Sorted(maps.Keys(r.below)) {
		b, err := r.image.page(n)
		if err != nil {
			return err
		}
		if _, ok := asBtreePage(b); ok {
			continue
		}
		r.damage.Pages++
		if b == nil {
			continue
		}
		if err := r.guess(b); err != nil {
			return err
		}
	}
	return nil
}

// guess takes over the rows of a page whose type isn't known.
func (r *rescue) guess(b []byte) error {
	lost := r.damage.Lost
	for _, inner := range []bool{false, true} {
		if _, good, err := r.cells(btreePage{b, inner}); err != nil || good > 0 {
			return err
		}
		r.damage.Lost = lost
	}
	return nil
}

func countRows(ctx context.Context, s *Store) (n int, err error) {
	err = s.writer.QueryRowContext(ctx,
		"SELECT (SELECT count(*) FROM current_rows) + (SELECT count(*) FROM history_rows)").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count rows: %w", err)
	}
	return n, nil
}
