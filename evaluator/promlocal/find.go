package promlocal

import (
	"net/http"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
)

// matchers reads the parameters match[] of a request.
func (h *handler) matchers(r *http.Request) ([][]*labels.Matcher, error) {
	if err := r.ParseForm(); err != nil {
		return nil, badData(err)
	}
	sets, err := h.source.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, badParam("match[]", err)
	}
	return sets, nil
}

// findAll finds what matches, or everything if nothing is asked for.
func (h *handler) findAll(r *http.Request) ([]labels.Labels, error) {
	sets, err := h.matchers(r)
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		sets = [][]*labels.Matcher{nil}
	}
	return h.find(r, sets)
}

// find returns the labels of the series that match one of the sets within the
// time that is asked about, sorted, each once.
func (h *handler) find(r *http.Request, sets [][]*labels.Matcher) ([]labels.Labels, error) {
	from, until, err := span(r)
	if err != nil {
		return nil, err
	}
	found := []labels.Labels{}
	q := &querier{memory: h.source.memory, mint: from, maxt: until}
	for _, set := range sets {
		q.each(r.Context(), set, func(ls labels.Labels) { found = append(found, ls) })
	}
	slices.SortFunc(found, labels.Compare)
	return slices.CompactFunc(found, labels.Equal), nil
}
