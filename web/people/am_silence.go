package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// getSilences lists silences, filtered by matchers of theirs and by state.
func (o Options) getSilences(w http.ResponseWriter, r *http.Request) {
	filter, err := parseFilter(r.URL.Query()["filter"])
	states := map[rules.SilenceState]bool{}
	for _, s := range []rules.SilenceState{rules.SilenceActive, rules.SilencePending, rules.SilenceExpired} {
		if err == nil {
			states[s], err = flag(r, string(s))
		}
	}
	if err != nil {
		fail(w, err)
		return
	}
	at := o.at()
	all, err := o.silences(r.Context(), func(s notifier.SilenceStatus) bool { return states[s.State(at)] && contains(s.Matchers, filter) })
	if err != nil {
		fail(w, err)
		return
	}
	shapes := make([]Silence, 0, len(all))
	for _, s := range all {
		shapes = append(shapes, newSilence(s, at))
	}
	sortSilences(shapes)
	reply(w, http.StatusOK, shapes)
}

func (o Options) silences(ctx context.Context, keep func(notifier.SilenceStatus) bool) ([]notifier.SilenceStatus, error) {
	return look(ctx, o.Daemon, func(c Core) (all []notifier.SilenceStatus) {
		c.Silences(func(s notifier.SilenceStatus) {
			if keep(s) {
				all = append(all, s)
			}
		})
		return all
	})
}

// silence finds a silence by its id.
func (o Options) silence(ctx context.Context, id string) (notifier.SilenceStatus, error) {
	all, err := o.silences(ctx, func(s notifier.SilenceStatus) bool { return s.ID == id })
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("silence %q: %w", id, errUnknown)
	}
	if err != nil {
		return notifier.SilenceStatus{}, err
	}
	return all[0], nil
}

func (o Options) getSilence(w http.ResponseWriter, r *http.Request) {
	s, err := o.silence(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, newSilence(s, o.at()))
}

// deleteSilence ends a silence; one that has ended stays as it is.
func (o Options) deleteSilence(w http.ResponseWriter, r *http.Request) {
	s, err := o.silence(r.Context(), r.PathValue("id"))
	if err == nil && s.State(o.at()) != rules.SilenceExpired {
		err = o.do(r.Context(), engine.Unsilenced{ID: s.ID})
	}
	if err != nil {
		fail(w, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// postSilence makes a silence, or changes the one of its id.
func (o Options) postSilence(w http.ResponseWriter, r *http.Request) {
	var p PostableSilence
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		fail(w, fmt.Errorf("the silence can't be read: %w", err))
		return
	}
	p.CreatedBy = o.who(r, p.CreatedBy)
	id, err := o.put(r.Context(), p)
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, http.StatusOK, map[string]string{"silenceID": id})
}

// put keeps a silence and returns its id. A new one is in force before the one
// whose place it takes is over, so that nothing is told in between.
func (o Options) put(ctx context.Context, p PostableSilence) (id string, err error) {
	var old *rules.Silence
	if p.ID != "" {
		s, err := o.silence(ctx, p.ID)
		if err != nil {
			return "", err
		}
		old = &s.Silence
	}
	next, err := planSilence(p, old, o.at())
	if err == nil && next.silence.UntilResolved {
		err = o.fires(ctx, next.silence)
	}
	if err != nil {
		return "", err
	}
	if err := o.do(ctx, engine.Silenced{Silence: next.silence}); err != nil {
		return "", err
	}
	if next.expire != "" {
		if err := o.do(ctx, engine.Unsilenced{ID: next.expire}); err != nil {
			return "", fmt.Errorf("silence %s is in force, and so is %s, which it was to replace: %w", next.silence.ID, next.expire, err)
		}
	}
	return next.silence.ID, nil
}

// fires refuses a silence that would be over at once.
func (o Options) fires(ctx context.Context, s rules.Silence) error {
	all, err := o.alerts(ctx, func(v notifier.AlertView) bool { return rules.Matches(s.Matchers, v.Labels) })
	if err == nil && len(all) == 0 {
		return errors.New("no alert that fires matches: a silence until that is resolved would be over at once")
	}
	return err
}
