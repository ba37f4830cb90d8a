package people

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/notify"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// ruleRows are the rules by method: a row for each, with the waits of both urgencies.
func ruleRows(c notify.Contacts) []ruleRow {
	waits := func(u notify.Urgency, method string) string {
		var out []string
		for _, rule := range c.Rules[u] {
			if rule.Name == method {
				out = append(out, waitText(rule.After))
			}
		}
		return strings.Join(out, ", ")
	}
	rows := make([]ruleRow, len(c.Methods))
	for i, m := range c.Methods {
		rows[i] = ruleRow{m.Name, waits(notify.High, m.Name), waits(notify.Low, m.Name)}
	}
	return rows
}

func waitText(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	b, _ := notify.Delay(d).MarshalText() // never fails
	return string(b)
}

// saveRules reads the rows: "0" is at once, "1m" a minute after the page began, "0, 10m" both,
// nothing means that the way is not used.
func (p pages) saveRules(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	var check errs.Check
	var rules notify.RulesSpec
	for i := range in.rules {
		row := &in.rules[i]
		row.high, row.low = action.Line(r, "high-"+row.name), action.Line(r, "low-"+row.name)
		rules.High = append(rules.High, parseWaits(&check, "high-"+row.name, row.name, row.high)...)
		rules.Low = append(rules.Low, parseWaits(&check, "low-"+row.name, row.name, row.low)...)
	}
	byWait := func(a, b notify.RuleSpec) int { return cmp.Compare(a.After, b.After) }
	slices.SortStableFunc(rules.High, byWait)
	slices.SortStableFunc(rules.Low, byWait)
	if in.rulesErr = check.Err("the rules"); in.rulesErr == nil {
		in.rulesErr = p.Contacts.SetRules(r.Context(), by, in.Login, rules)
	}
	if in.rulesErr != nil {
		return action.Again(contacts(in), in.rulesErr), nil
	}
	return action.Go(in.base(), action.Done("Rules saved.")), nil
}

func parseWaits(c *errs.Check, path, method, text string) (out []notify.RuleSpec) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		word = strings.TrimSpace(word)
		if n, err := strconv.Atoi(word); err == nil {
			word = strconv.Itoa(n) + "m" // a bare number is minutes
		}
		var d notify.Delay
		if err := d.UnmarshalText([]byte(word)); err != nil {
			c.Add(path, "%s", err)
			continue
		}
		out = append(out, notify.RuleSpec{Method: method, After: d})
	}
	return out
}

// inWords tells what the rules of one urgency mean.
func (in contactsPage) inWords(u notify.Urgency) string {
	type use struct {
		after  time.Duration
		method string
	}
	var uses []use
	for _, row := range in.rules {
		text := row.high
		if u == notify.Low {
			text = row.low
		}
		var ignore errs.Check
		for _, rule := range parseWaits(&ignore, "", row.name, text) {
			uses = append(uses, use{time.Duration(rule.After), row.name})
		}
	}
	if len(uses) == 0 {
		return "every verified way at once, mail first"
	}
	slices.SortStableFunc(uses, func(a, b use) int { return cmp.Compare(a.after, b.after) })
	parts := make([]string, len(uses))
	for i, one := range uses {
		parts[i] = one.method + " at once"
		if one.after > 0 {
			parts[i] = one.method + " after " + ui.Words(one.after)
		}
	}
	return strings.Join(parts, "; ")
}
