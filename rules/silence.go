package rules

import (
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
)

// A Silence keeps the alerts that it matches from being told, from StartsAt until
// EndsAt, in wall time. It is a value: a change is a new one with the same ID.
type Silence struct {
	ID       string            `json:"id"`
	Matchers amlabels.Matchers `json:"matchers"` // all of them match
	StartsAt model.Time        `json:"startsAt"`
	EndsAt   model.Time        `json:"endsAt"`
	// UntilResolved ends it once nothing that it matches fires any more, and at
	// EndsAt at the latest.
	UntilResolved bool       `json:"untilResolved,omitempty"`
	UpdatedAt     model.Time `json:"updatedAt"`
	CreatedBy     string     `json:"createdBy"`
	Comment       string     `json:"comment"`
}

// A SilenceState says where in its life a silence is; the words are Alertmanager's.
type SilenceState string

// The states of a silence.
const (
	SilencePending SilenceState = "pending"
	SilenceActive  SilenceState = "active"
	SilenceExpired SilenceState = "expired"
)

// State returns where a silence is in its life.
func (s *Silence) State(at model.Time) SilenceState {
	switch {
	case at >= s.EndsAt:
		return SilenceExpired
	case at < s.StartsAt:
		return SilencePending
	}
	return SilenceActive
}
