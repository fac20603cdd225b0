package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"

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
	r := rescue{image: im, store: s, damage: d, below: map[uint32]bool{}}
	if err := r.run(ctx); err != nil {
		return err
	}
	d.Kept, err = countRows(ctx, s)
	return err
}

// A rescue reads an image row by row.
type rescue struct {
	image  *image
	store  *Store
	damage *Damage
	check  checker

	namespace string // of what is pending
	pending   []record.Record
	below     map[uint32]bool // pages that others point to
}

func (r *rescue) run(ctx context.Context) error {
	if err := r.image.each(func(n uint32) error { return r.page(ctx, n) }); err != nil {
		return err
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	return r.missing()
}

func (r *rescue) page(ctx context.Context, n uint32) error {
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
	for _, at := range p.offsets() {
		c, err := p.cell(at, r.image)
		if err != nil {
			return err
		}
		if err := r.row(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// row takes a row over if it holds.
func (r *rescue) row(ctx context.Context, c cell) error {
	switch {
	case c.alien:
		return nil
	case !c.ok || !r.check.holds(c.namespace, c.record, c.sum):
		r.damage.Lost++
		return nil
	}
	if c.namespace != r.namespace || len(r.pending) == 1000 {
		if err := r.flush(ctx); err != nil {
			return err
		}
		r.namespace = c.namespace
	}
	r.pending = append(r.pending, c.record)
	return nil
}

func (r *rescue) flush(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	err := r.store.write(ctx, r.namespace, r.pending)
	r.pending = r.pending[:0]
	return err
}

// missing counts pages that others point to and that hold no rows any more.
func (r *rescue) missing() error {
	for n := range r.below {
		b, err := r.image.page(n)
		if err != nil {
			return err
		}
		if _, ok := asBtreePage(b); !ok {
			r.damage.Pages++
		}
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
