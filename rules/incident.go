package rules

import (
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
)

// An Incident is a time at which people had to be told: what rules are held against
// when they live through the past.
type Incident struct {
	Name        string
	From, Until model.Time
	Alerts      []string          // names, of which one must be told; empty: any
	Match       amlabels.Matchers // of the alert's labels, all of them
	Level       Level             // at least; OK: any
	Receiver    string            // who must be told; empty: anyone
	Within      time.Duration     // of From; 0: by Until
	File        string            // where it is written
	Line        int
}

// Deadline is when people must know of it at the latest.
func (i *Incident) Deadline() model.Time {
	if i.Within > 0 {
		return i.From.Add(i.Within)
	}
	return i.Until
}
