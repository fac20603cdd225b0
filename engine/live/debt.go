package live

import (
	"encoding/json"
	"fmt"

	"tocsin/rules"
)

type rowKey struct{ kind, key string }

// A debt is rows that are still to be kept, of each key the last.
type debt struct {
	rows []rules.Row
	at   map[rowKey]int
}

// add takes newer rows in.
func (d *debt) add(rows []rules.Row) {
	if d.at == nil {
		d.at = make(map[rowKey]int, len(rows))
	}
	for _, r := range rows {
		k := rowKey{r.Kind, r.Key}
		if i, ok := d.at[k]; ok {
			d.rows[i] = r
			continue
		}
		d.at[k] = len(d.rows)
		d.rows = append(d.rows, r)
	}
}

// after returns the debt of an older one that was not paid and this one.
func (d *debt) after(older debt) debt {
	older.add(d.rows)
	return older
}

// sift returns the debt without the rows that no store could keep, since they
// can't be encoded, and says which those are. One such row, a fault of ours, must
// not keep the others from being kept.
func (d *debt) sift() (sound debt, faults []error) {
	for _, r := range d.rows {
		if _, err := json.Marshal(r.Value); err != nil {
			faults = append(faults, fmt.Errorf("row %s %q dropped: %w", r.Kind, r.Key, err))
			continue
		}
		sound.add([]rules.Row{r})
	}
	return sound, faults
}
