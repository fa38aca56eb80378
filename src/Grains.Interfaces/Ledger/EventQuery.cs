namespace Vitrine.Grains.Interfaces;

/// <summary>Which events an auditor looks for. What is null is not asked; all that is given must hold.</summary>
/// <param name="From">Recorded at or after.</param>
/// <param name="To">Recorded before.</param>
/// <param name="User">Of jobs that this user asked for.</param>
/// <param name="Model">Of jobs that this model rendered.</param>
/// <param name="Policy">Of jobs whose prompt was screened under the policies of this digest.</param>
/// <param name="State">Of jobs in this state now.</param>
/// <param name="Type">Stored name of the event, such as <c>job.accepted</c>.</param>
/// <param name="Text">Part of the prompt or negative prompt of the job, without regard to case. Prompts of people who were erased cannot be found.</param>
/// <param name="After">Entries up to this index are passed over; the page before says which.</param>
/// <param name="Limit">1 to <see cref="ILedgerGrain.MaxPage"/>.</param>
[GenerateSerializer, Immutable, Alias("vitrine.EventQuery")]
public sealed record EventQuery(
    [property: Id(0)] DateTimeOffset? From, [property: Id(1)] DateTimeOffset? To, [property: Id(2)] string? User, [property: Id(3)] string? Model,
    [property: Id(4)] string? Policy, [property: Id(5)] JobState? State, [property: Id(6)] string? Type, [property: Id(7)] string? Text,
    [property: Id(8)] long? After, [property: Id(9)] int Limit);

/// <param name="Index">The entry's index in the log, for its proof.</param>
/// <param name="Data">The event as JSON, with what its person said; with the word <c>erased</c> in its place when they were erased.</param>
/// <param name="Job">The job that it belongs to; null for other events.</param>
[GenerateSerializer, Immutable, Alias("vitrine.EventView")]
public sealed record EventView(
    [property: Id(0)] long Index, [property: Id(1)] long Sequence, [property: Id(2)] string Stream, [property: Id(3)] long Version, [property: Id(4)] string Type,
    [property: Id(5)] DateTimeOffset RecordedAt, [property: Id(6)] string Data, [property: Id(7)] string? Job);

/// <param name="Next">The <c>after</c> of the next page; null at the end. A page may hold fewer events than its limit, also none, and have a next one: the search looks at so many entries at a time.</param>
[GenerateSerializer, Immutable, Alias("vitrine.EventPage")]
public sealed record EventPage([property: Id(0)] IReadOnlyList<EventView> Events, [property: Id(1)] long? Next);
