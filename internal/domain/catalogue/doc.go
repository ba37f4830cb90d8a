// Package catalogue holds what the desk looks after: services, the components that they
// are made of, the environments in which they run, and the keys with which other systems
// send alerts for a service.
//
// A service is what the business names: Payments, Mail. It has one owning team, supporting
// teams, a tier from 1 (the business stops without it) to 4, and the calendars of its hours.
// A component is a part in a layer, from machines up to front ends and third parties; it
// may depend on other components, never in a circle, and may belong to a service.
//
// Invariants:
//
//   - The service "unassigned" always exists: alerts that name no known service go there,
//     so that nothing is lost. It is the only one that may have no owner.
//   - Weights of functions, and of user groups, add up to 100 when there are any.
//   - The dependencies between components have no cycle.
//   - The secret of an integration key is shown once and kept only as a hash.
//
// A change made by a person of a team must be allowed on the service as it was and as it
// will be, so nobody takes a service from, or gives it to, a team that is not theirs.
//
// Tables: environment, service, service_team, service_environment, component,
// component_link, integration_key.
package catalogue
