namespace Vitrine.Grains.Interfaces;

/// <summary>Where and with what a picture was rendered: what, beside the model and the parameters, may decide its last bits.</summary>
/// <param name="Device">As <see cref="DeviceId"/> writes it.</param>
/// <param name="Hardware">The processor or accelerator by its name, a processor with its widest vectors.</param>
/// <param name="Runtime">The inference runtime and its version.</param>
/// <param name="Platform">The version of this platform.</param>
[GenerateSerializer, Immutable, Alias("vitrine.RenderSite")]
public sealed record RenderSite([property: Id(0)] string Device, [property: Id(1)] string Hardware, [property: Id(2)] string Runtime, [property: Id(3)] string Platform);
