package chart

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Range answers a query over time. It is safe for concurrent use.
type Range func(ctx context.Context, q Query) ([]Found, error)

// A Query asks a source for an expression at From, From+Step, … up to Until.
type Query struct {
	Source, Expr string
	From, Until  model.Time
	Step         time.Duration
}

// Found is one series of an answer.
type Found struct {
	Labels labels.Labels
	Times  []model.Time
	Values []float64
}

// How far back a chart goes, and how finely: three times as long as the alert has
// lasted, and at least so long.
const (
	points      = 120
	ages        = 3
	shortest    = 10 * time.Minute
	usual       = time.Hour
	longest     = 24 * time.Hour
	evaluations = 240 // of a rule that is asked for more often than usual
)

// history returns how long a chart is and the distance of its points. A rule that is
// evaluated every few seconds is looked at more closely.
func history(age, interval time.Duration) (long, step time.Duration) {
	least := usual
	if interval > 0 {
		least = min(max(evaluations*interval, shortest), usual)
	}
	long = min(max(ages*age, least), longest)
	step = (long / points).Round(time.Second)
	return points * step, step
}

// longestNarrow bounds what is added to an expression.
const longestNarrow = 4000

// narrow makes an expression return only the series of these labels, so that the
// answer is small however many series a rule has:
//
//	(EXPR) and on (job, route) (label_replace(label_replace(vector(1), …)) or …)
//
// An expression that can't be narrowed is returned as it is.
func narrow(expr string, series []labels.Labels) string {
	var names, vectors []string
	for _, ls := range series {
		vector, labelled := "vector(1)", false
		ls.Range(func(l labels.Label) {
			if l.Name == model.MetricNameLabel {
				return
			}
			labelled = true
			names = append(names, l.Name)
			vector = fmt.Sprintf(`label_replace(%s, %q, %s, "", "")`, vector, l.Name, strconv.Quote(strings.ReplaceAll(l.Value, "$", "$$")))
		})
		if !labelled {
			return expr
		}
		vectors = append(vectors, vector)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, n := range names {
		if !model.LegacyValidation.IsValidLabelName(n) {
			return expr
		}
	}
	added := fmt.Sprintf("\n) and on (%s) (%s)", strings.Join(names, ", "), strings.Join(vectors, " or "))
	if len(added) > longestNarrow {
		return expr
	}
	return "(" + expr + added
}
