package convert

import "fmt"

// An Outcome is what became of a rule.
type Outcome uint8

// The outcomes.
const (
	Kept      Outcome = iota // as it is, for a reason
	Converted                // a threshold rule now
	Merged                   // a threshold rule with two levels, the other one in it
	Absorbed                 // in another one
	Threshold                // was a threshold rule already
	Recording                // left to Prometheus
)

// String names the outcome as reports do.
func (o Outcome) String() string {
	switch o {
	case Kept:
		return "kept"
	case Converted:
		return "converted"
	case Merged:
		return "merged"
	case Absorbed:
		return "absorbed"
	case Threshold:
		return "threshold"
	case Recording:
		return "recording"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText writes the outcome as its name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// changes reports whether the rule's text is changed.
func (o Outcome) changes() bool { return o == Converted || o == Merged }

// A Reason says why a rule is as it is; its code is stable.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// String is the text with the code.
func (r Reason) String() string { return r.Text + " [" + r.Code + "]" }

// A Finding is what became of one rule.
type Finding struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Col     int      `json:"column"`
	Group   string   `json:"group"`
	Alert   string   `json:"alert"` // of a recording rule its record
	Outcome Outcome  `json:"outcome"`
	Reason  *Reason  `json:"reason,omitempty"` // why it is kept
	Becomes string   `json:"becomes,omitempty"`
	Levels  []string `json:"levels,omitempty"`
	// With is the line of the other rule of a pair: the one that was taken in, or the
	// one that took it in.
	With  int      `json:"with,omitempty"`
	Notes []string `json:"notes,omitempty"`
}

func (c *conversion) findings() (all []Finding) {
	for _, k := range c.all {
		f := Finding{
			File: c.name, Line: k.rule.Line, Col: k.rule.Col, Group: k.rule.Group, Alert: k.rule.Alert,
			Outcome: k.outcome, Notes: k.notes,
		}
		if k.outcome == Kept {
			f.Reason = &k.reason
		}
		if k.other != nil {
			f.With = k.other.rule.Line
		}
		if k.outcome.changes() {
			f.Becomes = k.alert
			for _, l := range k.levels() {
				f.Levels = append(f.Levels, fmt.Sprintf("%s %s %s", l.Level, l.Side, number(l.Bound)))
			}
		}
		all = append(all, f)
	}
	return all
}
