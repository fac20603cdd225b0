package evaluator

import "fmt"

// A Phase is where one level of an instance stands.
type Phase uint8

// The phases. Firing and Recovering count for the level of the instance.
const (
	Idle Phase = iota
	Pending
	Firing
	Recovering
)

// String returns idle, pending, firing or recovering.
func (p Phase) String() string {
	switch p {
	case Idle:
		return "idle"
	case Pending:
		return "pending"
	case Firing:
		return "firing"
	case Recovering:
		return "recovering"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// MarshalText writes the phase as its name.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the phase from its name.
func (p *Phase) UnmarshalText(b []byte) error {
	for _, q := range []Phase{Idle, Pending, Firing, Recovering} {
		if q.String() == string(b) {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("unknown phase %q", b)
}
