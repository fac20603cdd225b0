package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/check"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/web/people"
)

// peopleFlags say what people did and want: silences, and gates that a result must
// pass.
type peopleFlags struct {
	MaxPerDay float64 `name:"max-per-day" default:"-1" placeholder:"N" help:"Exit with 1 if there are more than so many notifications in any 24 hours."`
	Incidents string  `name:"require-incidents" placeholder:"FILE" help:"Exit with 1 unless people are told of each incident in the file: periods that must alert."`
	Silences  string  `name:"silences" placeholder:"FILE" help:"Silences that were in force, as amtool silence query -o json prints them."`
}

// judge says which gates are exceeded, with those that were found already; that a
// result is incomplete is said in either case.
func (f peopleFlags) judge(r *backtest.Result, short error, broken ...error) error {
	if most, at := r.Busiest(); f.MaxPerDay >= 0 && float64(most) > f.MaxPerDay {
		broken = append(broken, fmt.Errorf("%s in the 24 hours from %s, and %g are allowed (--max-per-day)", count(most, "notification"), at.Time().UTC().Format("2006-01-02 15:04"), f.MaxPerDay))
	}
	for _, c := range r.Incidents {
		if c.Missed() {
			broken = append(broken, missed(c))
		}
	}
	if len(broken) == 0 {
		return short
	}
	if short != nil {
		broken = append(broken, short)
	}
	return &exitError{exitBad, errors.Join(broken...)}
}

func missed(c backtest.Caught) error {
	i := c.Incident
	name := i.Name
	if name == "" {
		name = "of " + i.From.Time().UTC().Format("2006-01-02 15:04")
	}
	if c.Late != 0 {
		return fmt.Errorf("%s:%d: incident %s: people heard of it after %s, which is too late (--require-incidents)", i.File, i.Line, name, span(c.Late.Sub(i.From)))
	}
	return fmt.Errorf("%s:%d: incident %s: nobody was told (--require-incidents)", i.File, i.Line, name)
}

// incidents reads the file of incidents, if there is one.
func (f peopleFlags) incidents(w process) ([]rules.Incident, error) {
	if f.Incidents == "" {
		return nil, nil
	}
	if err := readable(f.Incidents); err != nil {
		return nil, err
	}
	all, problems := file.LoadIncidents(file.Disk{}, f.Incidents)
	if len(problems) > 0 {
		if err := check.Render(w.err, problems, os.ReadFile, w.color(w.err)); err != nil {
			return nil, err
		}
		return nil, &exitError{exitBad, errors.New("the incidents can't be read")}
	}
	return all, nil
}

// silences reads the file of silences, if there is one.
func (f peopleFlags) silences() ([]rules.Silence, error) {
	if f.Silences == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.Silences)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	var shapes []people.Silence
	if err := json.Unmarshal(text, &shapes); err != nil {
		return nil, &exitError{exitBad, fmt.Errorf("%s: not silences as Alertmanager's API has them: %w", f.Silences, err)}
	}
	var all []rules.Silence
	for n, s := range shapes {
		matchers, err := people.ParseMatchers(s.Matchers)
		if err != nil {
			return nil, &exitError{exitBad, fmt.Errorf("%s: silence %d: %w", f.Silences, n+1, err)}
		}
		all = append(all, rules.Silence{
			ID: fmt.Sprint(n, s.ID), Matchers: matchers, StartsAt: instantOf(s.StartsAt), EndsAt: instantOf(s.EndsAt),
			UpdatedAt: instantOf(s.UpdatedAt), CreatedBy: s.CreatedBy, Comment: s.Comment,
		})
	}
	return all, nil
}

func instantOf(t time.Time) model.Time { return model.TimeFromUnixNano(t.UnixNano()) }
