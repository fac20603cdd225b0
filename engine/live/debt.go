package live

import (
	"encoding/json"
	"fmt"
	"slices"

	"tocsin/rules"
)

type rowKey struct{ kind, key string }

// A debt is rows that are still to be kept, of each key the last. What is true
// has as many keys as there are alerts, but history only grows: of that no
// more stays owed than fits, lest a disk that is full for a week fill the memory too.
type debt struct {
	rows    []rules.Row
	at      map[rowKey]int // where in rows; nil: not known yet
	history []rules.Row    // in order of time
	dropped int            // rows of history that are no longer owed
}

// mostHistory is how many rows of history may be owed after a commit that failed.
const mostHistory = 50_000

// size is how many rows are owed.
func (d *debt) size() int { return len(d.rows) + len(d.history) }

// all returns the rows that are owed. They are in one piece from then on, of which
// the debt keeps the two parts, so that they are not there twice.
func (d *debt) all() []rules.Row {
	n := len(d.rows)
	all := append(d.rows, d.history...)
	d.rows, d.history = all[:n:n], all[n:len(all):len(all)]
	return all
}

// add takes newer rows in. Those of one batch have their places noted only if others
// come before they are kept: the store takes the last of a key, too.
func (d *debt) add(rows []rules.Row) {
	if len(d.rows) == 0 {
		d.begin(rows)
		return
	}
	if d.at == nil {
		d.index(len(rows))
	}
	for _, r := range rows {
		if rules.IsHistory(r.Kind) {
			d.history = append(d.history, r)
			continue
		}
		k := rowKey{r.Kind, r.Key}
		if i, ok := d.at[k]; ok {
			d.rows[i] = r
			continue
		}
		d.at[k] = len(d.rows)
		d.rows = append(d.rows, r)
	}
}

// begin takes in the first rows of what is true.
func (d *debt) begin(rows []rules.Row) {
	past := 0
	for i := range rows {
		if rules.IsHistory(rows[i].Kind) {
			past++
		}
	}
	d.history, d.rows = slices.Grow(d.history, past), slices.Grow(d.rows, len(rows)-past)
	for _, r := range rows {
		if rules.IsHistory(r.Kind) {
			d.history = append(d.history, r)
		} else {
			d.rows = append(d.rows, r)
		}
	}
}

// index finds out where each key is, with room for some more.
func (d *debt) index(more int) {
	d.at = make(map[rowKey]int, len(d.rows)+more)
	for i, r := range d.rows {
		d.at[rowKey{r.Kind, r.Key}] = i
	}
}

// after returns the debt of an older one that could not be paid and this one.
func (d *debt) after(older debt) debt {
	older.dropped += d.dropped
	older.add(d.rows)
	older.add(d.history)
	if n := len(older.history) - mostHistory; n > 0 {
		clear(older.history[:n])
		older.history, older.dropped = older.history[n:], older.dropped+n
	}
	return older
}

// sift returns the debt without the rows that no store could keep, since they
// can't be encoded, and says which those are. One such row, a fault of ours, must
// not keep the others from being kept.
func (d *debt) sift() (sound debt, faults []error) {
	sound.dropped = d.dropped
	for _, r := range d.all() {
		if _, err := json.Marshal(r.Value); err != nil {
			faults = append(faults, fmt.Errorf("row %s %q dropped: %w", r.Kind, r.Key, err))
			continue
		}
		sound.add([]rules.Row{r})
	}
	return sound, faults
}
