package people

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/notifier"
	"tocsin/rules"
)

// longest is how long a silence holds at most that ends with what it silences.
const longest = 30 * 24 * time.Hour

// forever bounds times to come: "9999-12-31" is more than a duration can hold.
const forever = 100 * 365 * 24 * time.Hour

// A PostableSilence is a silence to make, or to change by its ID.
type PostableSilence struct {
	ID        string     `json:"id,omitempty"`
	Matchers  []Matcher  `json:"matchers"`
	StartsAt  *time.Time `json:"startsAt,omitempty"` // nil: now
	EndsAt    *time.Time `json:"endsAt,omitempty"`   // nil: see UntilResolved
	CreatedBy string     `json:"createdBy"`
	Comment   string     `json:"comment"`
	// UntilResolved ends the silence once nothing that it matches fires any more,
	// and at EndsAt at the latest. Who doesn't know of it leaves it as it was.
	UntilResolved *bool `json:"untilResolved,omitempty"`
}

// A Silence is a silence as it is.
type Silence struct {
	ID     string `json:"id"`
	Status struct {
		State rules.SilenceState `json:"state"`
	} `json:"status"`
	Matchers      []Matcher `json:"matchers"`
	StartsAt      time.Time `json:"startsAt"`
	EndsAt        time.Time `json:"endsAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	CreatedBy     string    `json:"createdBy"`
	Comment       string    `json:"comment"`
	UntilResolved bool      `json:"untilResolved,omitempty"`
	Matching      int       `json:"matching"` // alerts that it matches now
}

func newSilence(s notifier.SilenceStatus, at model.Time) Silence {
	shape := Silence{
		ID: s.ID, Matchers: NewMatchers(s.Matchers),
		StartsAt: s.StartsAt.Time().UTC(), EndsAt: s.EndsAt.Time().UTC(), UpdatedAt: s.UpdatedAt.Time().UTC(),
		CreatedBy: s.CreatedBy, Comment: s.Comment, UntilResolved: s.UntilResolved, Matching: s.Matching,
	}
	shape.Status.State = s.State(at)
	return shape
}

// errUnknown says that there is no such thing.
var errUnknown = errors.New("not found")

// A plan is what becomes of a silence that was posted.
type plan struct {
	silence rules.Silence
	expire  string // the one whose place it takes; empty: none
}

// planSilence says what a posted silence makes of the one of its id, as
// Alertmanager decides it: what can be changed is, and for the rest a new silence
// takes the place of the old one.
func planSilence(p PostableSilence, old *rules.Silence, now model.Time) (plan, error) {
	s, err := p.silence(old, now)
	if err != nil {
		return plan{}, err
	}
	if old == nil {
		return begun(s, now), nil
	}
	if changeable(*old, s, now) {
		s.ID = old.ID
		if old.State(now) == rules.SilenceActive {
			s.StartsAt = old.StartsAt
		}
		return plan{silence: s}, nil
	}
	next := begun(s, now)
	if old.State(now) != rules.SilenceExpired {
		next.expire = old.ID
	}
	return next, nil
}

// begun is a new silence, which begins now at the earliest.
func begun(s rules.Silence, now model.Time) plan {
	s.ID, s.StartsAt = newID(), max(s.StartsAt, now)
	return plan{silence: s}
}

// silence reads what was posted.
func (p PostableSilence) silence(old *rules.Silence, now model.Time) (rules.Silence, error) {
	ms, err := ParseMatchers(p.Matchers)
	if err != nil {
		return rules.Silence{}, err
	}
	s := rules.Silence{
		Matchers: ms, StartsAt: now, UpdatedAt: now, CreatedBy: p.CreatedBy, Comment: p.Comment,
		UntilResolved: old != nil && old.UntilResolved,
	}
	if p.StartsAt != nil && !p.StartsAt.IsZero() {
		s.StartsAt = stamp(*p.StartsAt)
	}
	if p.UntilResolved != nil {
		s.UntilResolved = *p.UntilResolved
	}
	switch {
	case p.EndsAt != nil && !p.EndsAt.IsZero():
		s.EndsAt = min(stamp(*p.EndsAt), now.Add(forever))
	case s.UntilResolved:
		s.EndsAt = now.Add(longest)
	default:
		return rules.Silence{}, errors.New("endsAt is missing: it may be only with untilResolved")
	}
	return s, checkTimes(s, now)
}

func checkTimes(s rules.Silence, now model.Time) error {
	switch {
	case s.StartsAt >= s.EndsAt:
		return errors.New("start time must be before end time")
	case s.EndsAt <= now:
		return errors.New("end time can't be in the past")
	case s.UntilResolved && s.StartsAt > now:
		return errors.New("a silence until what it matches is resolved begins now")
	}
	return nil
}

// changeable reports whether a silence can be changed in place: it matches what
// it matched, and the past stays as it was.
func changeable(old, s rules.Silence, now model.Time) bool {
	if !same(old.Matchers, s.Matchers) {
		return false
	}
	switch old.State(now) {
	case rules.SilenceActive:
		return old.StartsAt.Unix() == s.StartsAt.Unix()
	case rules.SilencePending:
		return s.StartsAt >= now
	case rules.SilenceExpired:
	}
	return false
}

// newID returns a random UUID, which is what Alertmanager's clients expect.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// sortSilences sorts as Alertmanager does: active ones first, the next to end
// before the others; pending ones, the next to begin first; expired ones, the
// last to end first.
func sortSilences(all []Silence) {
	order := map[rules.SilenceState]int{rules.SilenceActive: 1, rules.SilencePending: 2, rules.SilenceExpired: 3}
	slices.SortFunc(all, func(a, b Silence) int {
		by := order[a.Status.State] - order[b.Status.State]
		if by == 0 {
			switch a.Status.State {
			case rules.SilenceActive:
				by = a.EndsAt.Compare(b.EndsAt)
			case rules.SilencePending:
				by = a.StartsAt.Compare(b.StartsAt)
			case rules.SilenceExpired:
				by = b.EndsAt.Compare(a.EndsAt)
			}
		}
		return cmp.Or(by, cmp.Compare(a.ID, b.ID))
	})
}
