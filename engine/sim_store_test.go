package engine_test

import (
	"encoding/json"
	"fmt"
	"sort"

	"tocsin/engine"
	"tocsin/rules"
)

// A simStore is a store that dies with what it was not yet told to keep.
type simStore struct {
	rows    map[[2]string][]byte
	pending []pendingBatch
	durable uint64 // sequence number up to which all is kept
	trusts  bool   // does not look whether anybody writes to what waits: that takes time
}

// A pendingBatch remembers its rows as they were encoded when it was made, to
// see that nobody writes to them afterwards.
type pendingBatch struct {
	batch   engine.Batch
	encoded [][]byte
}

func newSimStore() *simStore { return &simStore{rows: map[[2]string][]byte{}} }

// add takes a batch in and returns its rows as they are encoded.
func (s *simStore) add(b engine.Batch) ([][]byte, error) {
	p := pendingBatch{batch: b}
	for _, r := range b.Rows {
		v, err := encodeRow(r)
		if err != nil {
			return nil, err
		}
		p.encoded = append(p.encoded, v)
	}
	s.pending = append(s.pending, p)
	return p.encoded, nil
}

func encodeRow(r rules.Row) ([]byte, error) {
	if r.Value == nil {
		return nil, nil
	}
	v, err := json.Marshal(r.Value)
	if err != nil {
		return nil, fmt.Errorf("row %s %q: %w", r.Kind, r.Key, err)
	}
	return v, nil
}

// commit keeps all that waits, in one transaction, and shows each row.
func (s *simStore) commit(look func(rules.Row)) error {
	for _, p := range s.pending {
		for i, r := range p.batch.Rows {
			if err := s.unchanged(r, p.encoded[i]); err != nil {
				return err
			}
			s.put(r, p.encoded[i])
			look(r)
		}
		s.durable = p.batch.Seq
	}
	s.pending = s.pending[:0]
	return nil
}

// unchanged finds a row that somebody has written to since its batch was made.
func (s *simStore) unchanged(r rules.Row, was []byte) error {
	if s.trusts {
		return nil
	}
	v, err := encodeRow(r)
	if err == nil && string(v) != string(was) {
		err = fmt.Errorf("row %s %q changed after its batch was made:\n%s\n%s", r.Kind, r.Key, was, v)
	}
	return err
}

func (s *simStore) put(r rules.Row, v []byte) {
	switch {
	case rules.IsHistory(r.Kind): // only looked at by people
	case v == nil:
		delete(s.rows, [2]string{r.Kind, r.Key})
	default:
		s.rows[[2]string{r.Kind, r.Key}] = v
	}
}

func (s *simStore) die() { s.pending, s.durable = nil, 0 }

func (s *simStore) load(f func(rules.Stored) error) error {
	keys := make([][2]string, 0, len(s.rows))
	for k := range s.rows {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i][0]+keys[i][1] < keys[j][0]+keys[j][1] })
	for _, k := range keys {
		if err := f(rules.Stored{Kind: k[0], Key: k[1], Value: s.rows[k]}); err != nil {
			return err
		}
	}
	return nil
}
