namespace Vitrine.Grains.Interfaces;

/// <summary>A campaign or product of a brand, with a budget of its own.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.ProjectId")]
public readonly record struct ProjectId([property: Id(0)] string Value)
{
    public static bool TryParse(string? text, out ProjectId id)
    {
        id = new(text ?? "");
        return text is not null && Slug.IsValid(text);
    }

    public override string ToString() => Value;
}

[GenerateSerializer, Immutable, Alias("vitrine.ProjectKey")]
public readonly record struct ProjectKey([property: Id(0)] TenantId Tenant, [property: Id(1)] ProjectId Project)
{
    public static ProjectKey Parse(string text) { var (tenant, rest) = GrainKeyText.Split(text); return new(tenant, new(rest)); }
    public override string ToString() => GrainKeyText.Join(Tenant, Project.Value);
}

/// <summary>A project: its model allow-list and its budget.</summary>
[Alias("vitrine.IProjectGrain"), GrainInterfaceType("vitrine.project")]
public interface IProjectGrain : IAccountGrain
{
    [Alias("Create")] Task<Outcome<ProjectView>> Create(CreateProject command, CancellationToken cancellation);
    [Alias("Get")] Task<ProjectView?> Get(CancellationToken cancellation);

    /// <summary>What the project has used in one calendar month (UTC), computed from its jobs; null when there is no such project.</summary>
    /// <param name="period"><c>yyyy-MM</c>; null for the present month.</param>
    [Alias("Usage")] Task<UsageView?> Usage(string? period, CancellationToken cancellation);
}

/// <param name="Models">Names of the models that the project may use; null for all.</param>
[GenerateSerializer, Immutable, Alias("vitrine.CreateProject")]
public sealed record CreateProject([property: Id(0)] string Name, [property: Id(1)] IReadOnlyList<string>? Models);

[GenerateSerializer, Immutable, Alias("vitrine.ProjectView")]
public sealed record ProjectView(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] DateTimeOffset CreatedAt, [property: Id(3)] Limits Limits,
    [property: Id(4)] IReadOnlyList<string>? Models);

/// <summary>Use of one project in one month. <c>Reserved</c> is what open jobs still hold; <c>Settled</c> is what finished jobs cost.</summary>
[GenerateSerializer, Immutable, Alias("vitrine.UsageView")]
public sealed record UsageView(
    [property: Id(0)] string Project, [property: Id(1)] string Period, [property: Id(2)] Credits Settled, [property: Id(3)] Credits Reserved,
    [property: Id(4)] Credits? Limit, [property: Id(5)] long Jobs, [property: Id(6)] long Images, [property: Id(7)] IReadOnlyDictionary<string, long> JobsByState);
