package journal

import (
	"encoding/json"
	"fmt"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A configJSON is a configuration as the core has it, which holds no secret, with
// what JSON has no words for in words: functions by their text, places of the
// world by their names, infinities. What it doesn't name is as it is in rules.
type configJSON struct {
	*rules.Config
	Rules        []ruleJSON
	Route        *routeJSON
	AlertRelabel []relabelJSON
}

type ruleJSON struct {
	*rules.Rule
	Schedule  string `json:",omitempty"`
	Labels    []labelJSON
	Levels    levelsJSON
	Overrides []overrideJSON
}

type labelJSON struct {
	Name, Text string
	Template   bool `json:",omitempty"`
}

type levelsJSON struct{ Warn, Error *levelJSON }

type levelJSON struct {
	rules.LevelRule
	Threshold thresholdJSON
}

type thresholdJSON struct {
	Side                           rules.Side
	Low, High, ClearLow, ClearHigh rules.Number
}

type overrideJSON struct {
	Match  amlabels.Matchers
	Levels levelsJSON
}

type relabelJSON struct {
	*relabel.Config
	Scheme model.ValidationScheme
}

type routeJSON struct {
	*rules.Route
	MuteTimes, ActiveTimes []timesJSON
	Routes                 []*routeJSON
}

type timesJSON struct {
	Name      string
	Intervals []intervalJSON
}

type intervalJSON struct {
	Ranges                        []rules.MinuteRange
	Weekdays, Days, Months, Years [][2]int // from, to
	Location                      string
}

// encodeConfig writes a configuration.
func encodeConfig(c *rules.Config) ([]byte, error) {
	out := configJSON{Config: c, Route: encodeRoute(c.Route)}
	for _, r := range c.Rules {
		out.Rules = append(out.Rules, encodeRule(r))
	}
	for _, step := range c.AlertRelabel {
		out.AlertRelabel = append(out.AlertRelabel, relabelJSON{step, step.NameValidationScheme})
	}
	return json.Marshal(out)
}

func encodeRule(r *rules.Rule) ruleJSON {
	out := ruleJSON{Rule: r, Levels: encodeLevels(r.Levels)}
	if r.Schedule != nil {
		out.Schedule = r.Schedule.Text
	}
	for _, l := range r.Labels {
		out.Labels = append(out.Labels, labelJSON{l.Name, l.Text, l.Expand != nil})
	}
	for _, o := range r.Overrides {
		out.Overrides = append(out.Overrides, overrideJSON{o.Match, encodeLevels(o.Levels)})
	}
	return out
}

func encodeLevels(ls rules.Levels) levelsJSON {
	return levelsJSON{encodeLevel(ls.Warn), encodeLevel(ls.Error)}
}

func encodeLevel(l *rules.LevelRule) *levelJSON {
	if l == nil {
		return nil
	}
	t := l.Threshold
	return &levelJSON{*l, thresholdJSON{
		t.Side, rules.Number(t.Low), rules.Number(t.High), rules.Number(t.ClearLow), rules.Number(t.ClearHigh),
	}}
}

func encodeRoute(r *rules.Route) *routeJSON {
	if r == nil {
		return nil
	}
	out := &routeJSON{Route: r, MuteTimes: encodeTimes(r.MuteTimes), ActiveTimes: encodeTimes(r.ActiveTimes)}
	for _, child := range r.Routes {
		out.Routes = append(out.Routes, encodeRoute(child))
	}
	return out
}

func encodeTimes(all []*rules.Times) (out []timesJSON) {
	for _, t := range all {
		times := timesJSON{Name: t.Name}
		for _, i := range t.Intervals {
			times.Intervals = append(times.Intervals, encodeInterval(i))
		}
		out = append(out, times)
	}
	return out
}

func encodeInterval(i rules.Interval) intervalJSON {
	out := intervalJSON{Ranges: i.Ranges, Location: i.Location.String()}
	for _, r := range i.Days.Weekdays {
		out.Weekdays = append(out.Weekdays, [2]int{r.Begin, r.End})
	}
	for _, r := range i.Days.DaysOfMonth {
		out.Days = append(out.Days, [2]int{r.Begin, r.End})
	}
	for _, r := range i.Days.Months {
		out.Months = append(out.Months, [2]int{r.Begin, r.End})
	}
	for _, r := range i.Days.Years {
		out.Years = append(out.Years, [2]int{r.Begin, r.End})
	}
	return out
}

// decodeConfig reads what encodeConfig wrote.
func decodeConfig(text []byte) (*rules.Config, error) {
	var in configJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c := in.Config
	if c == nil {
		c = &rules.Config{}
	}
	for _, r := range in.Rules {
		rule, err := r.decode(c)
		if err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
		c.Rules = append(c.Rules, rule)
	}
	for _, step := range in.AlertRelabel {
		step.NameValidationScheme = step.Scheme
		c.AlertRelabel = append(c.AlertRelabel, step.Config)
	}
	var err error
	c.Route, err = in.Route.decode()
	return c, err
}

func (in ruleJSON) decode(c *rules.Config) (*rules.Rule, error) {
	r := in.Rule
	if r == nil {
		return nil, fmt.Errorf("a rule without a key")
	}
	r.Levels = in.Levels.decode()
	if in.Schedule != "" {
		s, err := file.ReadSchedule(in.Schedule)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.Key, err)
		}
		r.Schedule = s
	}
	for _, l := range in.Labels {
		out := rules.LabelTemplate{Name: l.Name, Text: l.Text}
		if l.Template {
			out.Expand = file.CompileLabel(l.Text, r.Alert, c.ExternalLabels, c.ExternalURL)
		}
		r.Labels = append(r.Labels, out)
	}
	for _, o := range in.Overrides {
		r.Overrides = append(r.Overrides, rules.Override{Match: o.Match, Levels: o.Levels.decode()})
	}
	return r, nil
}

func (in levelsJSON) decode() rules.Levels {
	return rules.Levels{Warn: in.Warn.decode(), Error: in.Error.decode()}
}

func (in *levelJSON) decode() *rules.LevelRule {
	if in == nil {
		return nil
	}
	out, t := in.LevelRule, in.Threshold
	out.Threshold = rules.Threshold{
		Side: t.Side, Low: float64(t.Low), High: float64(t.High), ClearLow: float64(t.ClearLow), ClearHigh: float64(t.ClearHigh),
	}
	return &out
}

func (in *routeJSON) decode() (*rules.Route, error) {
	if in == nil {
		return nil, nil //nolint:nilnil // there is no route
	}
	r := in.Route
	if r == nil {
		r = &rules.Route{}
	}
	var err error
	if r.MuteTimes, err = decodeTimes(in.MuteTimes); err != nil {
		return nil, err
	}
	if r.ActiveTimes, err = decodeTimes(in.ActiveTimes); err != nil {
		return nil, err
	}
	for _, child := range in.Routes {
		c, err := child.decode()
		if err != nil {
			return nil, err
		}
		r.Routes = append(r.Routes, c)
	}
	return r, nil
}

func decodeTimes(all []timesJSON) (out []*rules.Times, err error) {
	for _, in := range all {
		t := &rules.Times{Name: in.Name}
		for _, i := range in.Intervals {
			interval, err := i.decode()
			if err != nil {
				return nil, fmt.Errorf("times %q: %w", in.Name, err)
			}
			t.Intervals = append(t.Intervals, interval)
		}
		out = append(out, t)
	}
	return out, nil
}

func (in intervalJSON) decode() (rules.Interval, error) {
	loc, err := time.LoadLocation(in.Location)
	if err != nil {
		return rules.Interval{}, err
	}
	out := rules.Interval{Ranges: in.Ranges, Location: loc}
	for _, r := range in.Weekdays {
		out.Days.Weekdays = append(out.Days.Weekdays, timeinterval.WeekdayRange{InclusiveRange: inclusive(r)})
	}
	for _, r := range in.Days {
		out.Days.DaysOfMonth = append(out.Days.DaysOfMonth, timeinterval.DayOfMonthRange{InclusiveRange: inclusive(r)})
	}
	for _, r := range in.Months {
		out.Days.Months = append(out.Days.Months, timeinterval.MonthRange{InclusiveRange: inclusive(r)})
	}
	for _, r := range in.Years {
		out.Days.Years = append(out.Days.Years, timeinterval.YearRange{InclusiveRange: inclusive(r)})
	}
	return out, nil
}

func inclusive(r [2]int) timeinterval.InclusiveRange {
	return timeinterval.InclusiveRange{Begin: r[0], End: r[1]}
}
