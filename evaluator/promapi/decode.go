package promapi

import (
	"encoding/json"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A reply is a decoded body of an answer to an instant query.
type reply struct {
	status    string
	errorType string
	err       string

	kind       string // vector, scalar, string, matrix
	samples    []evaluator.Sample
	histograms int // samples that were native histograms, left out of samples
	partial    bool
	warnings   []string
}

// decode reads the body of an answer to an instant query, the fast way if it is
// written as Prometheus writes it.
func decode(body string) (reply, error) {
	if r, ok := decodeFast(body); ok {
		return r, nil
	}
	return decodeSlow(body)
}

// decodeFast reads an instant vector. Labels are not looked at: Raw is the text
// between the braces of the metric and them, and a fault inside shows when it
// is parsed.
func decodeFast(body string) (reply, bool) {
	c := scanner{text: body}
	if !c.head("vector") {
		return reply{}, false
	}
	r := reply{status: "success", kind: "vector"}
	if !c.literal("]") {
		r.samples = make([]evaluator.Sample, 0, strings.Count(body, `{"metric":{`))
		if !c.vector(&r) {
			return reply{}, false
		}
	}
	rest, ok := c.tail()
	r.partial, r.warnings = rest.IsPartial, rest.Warnings
	return r, ok
}

// head steps over all that comes before the first series.
func (c *scanner) head(kind string) bool {
	return c.literal(`{"status":"success",`) &&
		(c.literal(`"data":`) || c.literal(`"isPartial":false,"data":`)) &&
		c.literal(`{"resultType":"`+kind+`","result":[`)
}

// vector steps over the samples and the bracket behind them.
func (c *scanner) vector(r *reply) bool {
	for {
		if !c.literal(`{"metric":`) {
			return false
		}
		raw, ok := c.metric()
		if !ok || !c.literal(`,"value":[`) {
			return false
		}
		_, v, ok := c.point()
		if !ok || !c.literal("}") {
			return false
		}
		r.samples = append(r.samples, evaluator.Sample{Raw: raw, Value: v})
		if !c.literal(",") {
			return c.literal("]")
		}
	}
}

// extras are the keys that may come behind the result.
type extras struct {
	IsPartial bool     `json:"isPartial"`
	Warnings  []string `json:"warnings"`

	// Any of these behind the result would speak of something else than what was
	// read: then the slow path has to judge.
	Status, ErrorType, Error json.RawMessage
	Data                     struct{ ResultType, Result json.RawMessage }
}

func (e extras) contradict() bool {
	return e.Status != nil || e.ErrorType != nil || e.Error != nil || e.Data.ResultType != nil || e.Data.Result != nil
}

// tail reads what comes behind the result: mostly nothing but braces, else what
// is left of the data and of the envelope around it.
func (c *scanner) tail() (extras, bool) {
	var e extras
	rest := c.text[c.at:]
	if rest == "}}" {
		return e, true
	}
	if !strings.HasPrefix(rest, "}") && !strings.HasPrefix(rest, `,"`) {
		return e, false
	}
	err := json.Unmarshal([]byte(`{"data":{`+strings.TrimPrefix(rest, ",")), &e)
	return e, err == nil && !e.contradict()
}

// A rangeReply is a decoded body of an answer to a range query.
type rangeReply struct {
	reply
	series []engine.Points
}

func decodeRange(body string) (rangeReply, error) {
	if r, ok := decodeRangeFast(body); ok {
		return r, nil
	}
	return decodeRangeSlow(body)
}

func decodeRangeFast(body string) (rangeReply, bool) {
	c := scanner{text: body}
	if !c.head("matrix") {
		return rangeReply{}, false
	}
	r := rangeReply{reply: reply{status: "success", kind: "matrix"}}
	if !c.literal("]") && !c.matrix(&r) {
		return rangeReply{}, false
	}
	rest, ok := c.tail()
	r.partial, r.warnings = rest.IsPartial, rest.Warnings
	return r, ok
}

// matrix steps over the series and the bracket behind them.
func (c *scanner) matrix(r *rangeReply) bool {
	for {
		if !c.literal(`{"metric":`) {
			return false
		}
		raw, ok := c.metric()
		if !ok || !c.literal(`,"values":[`) {
			return false
		}
		p := engine.Points{Raw: raw}
		if !c.points(&p) || !c.literal("}") {
			return false
		}
		r.series = append(r.series, p)
		if !c.literal(",") {
			return c.literal("]")
		}
	}
}

// points steps over the points of one series and the bracket behind them.
func (c *scanner) points(p *engine.Points) bool {
	for {
		if !c.literal("[") {
			return false
		}
		ms, v, ok := c.point()
		if !ok {
			return false
		}
		p.Times = append(p.Times, model.Time(ms))
		p.Values = append(p.Values, v)
		if !c.literal(",") {
			return c.literal("]")
		}
	}
}
