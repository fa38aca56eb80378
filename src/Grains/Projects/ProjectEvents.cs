namespace Vitrine.Grains.Projects;

/// <param name="Models">Names of the models that the project may use; null for all.</param>
public sealed record ProjectCreated(string Name, IReadOnlyList<string>? Models, DateTimeOffset At);
