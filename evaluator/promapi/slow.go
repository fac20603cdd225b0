package promapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// envelope is the body of any answer of the API.
type envelope struct {
	Status    string `json:"status"`
	ErrorType string `json:"errorType"`
	Error     string `json:"error"`
	Data      struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	} `json:"data"`
	IsPartial bool     `json:"isPartial"`
	Warnings  []string `json:"warnings"`
}

// series is one element of a vector or a matrix.
type series struct {
	Metric     json.RawMessage `json:"metric"`
	Value      jsonPoint       `json:"value"`
	Values     []jsonPoint     `json:"values"`
	Histogram  json.RawMessage `json:"histogram"`
	Histograms json.RawMessage `json:"histograms"`
}

// jsonPoint is [seconds, "value"].
type jsonPoint struct {
	set bool
	at  model.Time
	v   float64
}

// UnmarshalJSON reads [seconds, "value"].
func (p *jsonPoint) UnmarshalJSON(b []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a point has %d elements instead of a time and a value", len(pair))
	}
	var seconds *float64
	if err := json.Unmarshal(pair[0], &seconds); err != nil {
		return err
	}
	var text *string
	if err := json.Unmarshal(pair[1], &text); err != nil {
		return err
	}
	if seconds == nil || text == nil {
		return errors.New("a point has null for a time or a value")
	}
	v, err := parseValue(*text)
	*p = jsonPoint{set: true, at: model.Time(math.Round(*seconds * 1000)), v: v}
	return err
}

// text returns the labels as sent; a series without any has none.
func (s series) text() string {
	if len(s.Metric) == 0 || string(s.Metric) == "null" {
		return "{}"
	}
	return string(s.Metric)
}

// decodeSlow reads an answer to an instant query in any spelling of its JSON.
func decodeSlow(body string) (reply, error) {
	e, err := open(body)
	if err != nil {
		return reply{}, err
	}
	r := e.reply()
	switch r.kind {
	case "vector":
		err = r.vector(e.Data.Result)
	case "scalar":
		err = r.scalar(e.Data.Result)
	}
	return r, err
}

// open reads the envelope, and refuses JSON that is something else.
func open(body string) (envelope, error) {
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return e, err
	}
	if e.Status != "success" && e.Status != "error" {
		return e, fmt.Errorf("status is %q", cut(e.Status))
	}
	if e.Status == "success" && e.Data.ResultType == "" {
		return e, errors.New("there is no resultType")
	}
	return e, nil
}

func (e envelope) reply() reply {
	return reply{
		status: e.Status, errorType: e.ErrorType, err: e.Error,
		kind: e.Data.ResultType, partial: e.IsPartial, warnings: e.Warnings,
	}
}

func (r *reply) vector(result json.RawMessage) error {
	var all []series
	if err := json.Unmarshal(result, &all); err != nil {
		return err
	}
	for _, s := range all {
		switch {
		case s.Value.set:
			r.samples = append(r.samples, evaluator.Sample{Raw: s.text(), Value: s.Value.v})
		case s.Histogram != nil:
			r.histograms++
		default:
			return errors.New("a sample has neither value nor histogram")
		}
	}
	return nil
}

func (r *reply) scalar(result json.RawMessage) error {
	var p jsonPoint
	if err := json.Unmarshal(result, &p); err != nil {
		return err
	}
	if !p.set {
		return errors.New("a scalar without value")
	}
	r.samples = []evaluator.Sample{{Value: p.v}}
	return nil
}

// decodeRangeSlow reads an answer to a range query in any spelling of its JSON.
func decodeRangeSlow(body string) (rangeReply, error) {
	e, err := open(body)
	if err != nil {
		return rangeReply{}, err
	}
	r := rangeReply{reply: e.reply()}
	if r.kind != "matrix" {
		return r, nil
	}
	var all []series
	if err := json.Unmarshal(e.Data.Result, &all); err != nil {
		return r, err
	}
	for _, s := range all {
		if s.Histograms != nil {
			r.histograms++
		}
		if len(s.Values) > 0 {
			r.series = append(r.series, s.points())
		}
	}
	return r, nil
}

func (s series) points() engine.Points {
	p := engine.Points{Raw: s.text()}
	for _, v := range s.Values {
		p.Times = append(p.Times, v.at)
		p.Values = append(p.Values, v.v)
	}
	return p
}
