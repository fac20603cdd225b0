package main

import (
	"errors"
	"fmt"

	"tocsin/backtest"
)

// gateFlags bound what a change may do.
type gateFlags struct {
	MaxNew    int     `name:"max-new-notifications" default:"-1" placeholder:"N" help:"Exit with 1 if there are more than so many notifications more than before, in the period."`
	MaxPerDay float64 `name:"max-per-day" default:"-1" placeholder:"N" help:"Exit with 1 if there are more than so many notifications in any 24 hours."`
}

// judge prints which gates are exceeded; incomplete is said in either case.
func (f gateFlags) judge(r *backtest.Result, d *backtest.Difference) error {
	var broken []error
	if d != nil && f.MaxNew >= 0 {
		if more := len(d.Head.Notifications) - len(d.Base.Notifications); more > f.MaxNew {
			broken = append(broken, fmt.Errorf("%d notifications more than before, and %d are allowed (--max-new-notifications)", more, f.MaxNew))
		}
	}
	if f.MaxPerDay >= 0 {
		if most, at := r.Busiest(); float64(most) > f.MaxPerDay {
			broken = append(broken, fmt.Errorf("%d notifications in the 24 hours from %s, and %g are allowed (--max-per-day)", most, at.Time().UTC().Format("2006-01-02 15:04"), f.MaxPerDay))
		}
	}
	short := incomplete(r)
	if d != nil {
		short = incomplete(d.Base, d.Head)
	}
	if len(broken) == 0 {
		return short
	}
	if short != nil {
		broken = append(broken, short)
	}
	return &exitError{exitBad, errors.Join(broken...)}
}
